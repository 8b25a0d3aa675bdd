import Settings
import Testing

@Suite("YAML is read into JSON values by the core schema")
struct YAMLReaderTests {
    @Test("every case of yaml-test-suite that libyaml reads stands for its JSON")
    func corpus() throws {
        let rows = try Corpora.rows("yaml.json")
        #expect(rows.count >= 300)
        for row in rows {
            let id = try #require(row["id"]?.string)
            let text = try #require(row["yaml"]?.string)
            let documents = try? YAMLReader.readAll(Array(text.utf8), source: id)
            // No JSON stands for it: it must be answered, no more.
            guard let expected = row["json"]?.elements else { continue }
            let isSame = documents.map { Node(.array($0)).isSame(as: Node(.array(expected))) } ?? false
            #expect(
                isSame == (Self.libyaml[id] == nil), "\(id): \(documents.map { Node(.array($0)).json } ?? "refused")")
        }
    }

    /// Cases that libyaml 0.2.5 itself refuses, or reads as something else: what it said when they were run.
    static let libyaml: [String: String] = [
        "2LFX": "refuses reserved directives", "6LVF": "refuses reserved directives",
        "BEC7": "refuses %YAML 1.3", "W4TN": "refuses a line that begins with % in a literal document",
        "ZYU8-0": "refuses a directive with an odd name",
        "2SXE": "no colon in anchors", "W5VH": "no punctuation in anchors",
        "8XYN": "no characters beyond ASCII in anchors",
        "Y2GN": "no colon in anchors: what follows it becomes the value",
        "4MUZ-0": "no colon on the line after a flow key", "4MUZ-2": "no colon on the line after a flow key",
        "5MUD": "no colon on the line after a flow key", "K3WX": "no colon on the line after a flow key",
        "VJP3-1": "no colon on the line after a flow key",
        "9SA2": "no flow keys over two lines", "NJ66": "no flow keys over two lines",
        "UT92": "no flow keys over two lines",
        "58MP": "no scalar that begins with a colon in flow", "5T43": "no scalar that begins with a colon in flow",
        "DBG4": "no scalar that begins with a colon in flow", "HM87-0": "no scalar that begins with a colon in flow",
        "652Z": "a question mark before a flow key makes an explicit key",
        "HM87-1": "a question mark in flow makes a key",
        "6BCT": "no tabs as separation in block structures", "6CA3": "no tab before a flow collection at the top",
        "A2M4": "no tabs as separation in block structures", "DK95-0": "no tabs before flow scalars",
        "DK95-3": "no line of a space and a tab", "DK95-4": "no line of a tab in a mapping",
        "Q5MG": "no tab before a flow collection at the top", "Y79Y-10": "no tab after a dash",
        "96NN-0": "no leading tab in a literal", "R4YG": "no leading tab in a literal",
        "Y79Y-1": "no leading tab in a literal",
        "7Z25": "no bare document after an end marker", "M7A3": "no bare document after an end marker",
        "HWV9": "no end marker without a document", "QT73": "no end marker without a document",
        "DK3J": "no block scalar without indentation", "FP8R": "no block scalar without indentation",
        "L24T-1": "the last line's break is missing where a line of spaces ends the text",
    ]

    @Test(
        "plain scalars become what YAML 1.2's core schema says",
        arguments: [
            ("null", "null"), ("~", "null"), ("", "null"), ("True", "true"), ("FALSE", "false"), ("yes", "\"yes\""),
            ("on", "\"on\""), ("12", "12"), ("-007", "-7"), ("+3", "3"), ("0o17", "15"), ("0xFf", "255"),
            ("1_000", "\"1_000\""),
            ("1.50", "1.5"), (".5", "0.5"), ("5.", "5"), ("1e3", "1000"), ("1:30", "\"1:30\""),
            ("0.0.0.0:80", "\"0.0.0.0:80\""),
            ("30s", "\"30s\""), ("'12'", "\"12\""), ("\"true\"", "\"true\""), ("!!str 12", "\"12\""),
            ("!!int '12'", "12"),
            ("!!float 1", "1"), ("! 12", "\"12\""), ("!own 12", "\"12\""), ("!!null ''", "null"), ("0x", "\"0x\""),
            ("-", "[null]"),
            ("0o8", "\"0o8\""), ("1e", "\"1e\""), ("e3", "\"e3\""), ("+", "\"+\""), ("-0x10", "\"-0x10\""),
        ])
    func scalars(_ text: String, _ json: String) throws {
        let node = try read(text)
        let expected = try JSONReader.read(Array(json.utf8), source: "e", dialect: .strict)
        #expect(node.isSame(as: expected), "\(node.json)")
    }

    @Test("a tag that its text does not fit is refused", arguments: ["!!int x", "!!bool 1", "!!float x", "!!null x"])
    func tags(_ text: String) {
        #expect(throws: SyntaxError.self) { try read(text) }
    }

    @Test("infinities and not-a-number are numbers", arguments: [".inf", "-.Inf", "+.INF", ".nan", ".NaN"])
    func infinities(_ text: String) throws {
        guard case .number(let literal) = try read(text).value else {
            Issue.record("\(text) is no number")
            return
        }
        #expect(NumberLiteral.double(literal)?.isFinite == false)
    }

    @Test(
        "aliases stand for what they name, and merges fill what is not said",
        arguments: [
            ("a: &x [1, 2]\nb: *x", #"{"a": [1, 2], "b": [1, 2]}"#),
            ("base: &b {x: 1, y: 2}\nc:\n  <<: *b\n  y: 3", #"{"base": {"x": 1, "y": 2}, "c": {"y": 3, "x": 1}}"#),
            ("c:\n  y: 3\n  <<: {x: 1, y: 2}", #"{"c": {"y": 3, "x": 1}}"#),
            (
                "a: &a {x: 1}\nb: &b {x: 2, z: 3}\nc:\n  <<: [*a, *b]",
                #"{"a": {"x": 1}, "b": {"x": 2, "z": 3}, "c": {"x": 1, "z": 3}}"#
            ),
            ("\"<<\": {x: 1}", #"{"<<": {"x": 1}}"#),
            ("a: &x 1\nb: &x 2\nc: *x", #"{"a": 1, "b": 2, "c": 2}"#),
        ])
    func aliases(_ text: String, _ json: String) throws {
        let expected = try JSONReader.read(Array(json.utf8), source: "e", dialect: .strict)
        let node = try read(text)
        #expect(node.isSame(as: expected), "\(node.json)")
    }

    @Test(
        "what a configuration cannot be is refused where it stands",
        arguments: [
            ("a: 1\na: 2", "f:2:1"), ("a: 1\n\"a\": 2", "f:2:1"), ("a: *b", "f:1:4"), ("--- 1\n--- 2", "f:2:1"),
            ("{[1]: 2}", "f:1:2"), ("a: b: c", "f:1:5"), ("a:\n\t- 1", "f:2:1"), ("c:\n  <<: 1", "f:2:7"),
            ("c:\n  <<: {a: 1}\n  <<: {b: 1}", "f:3:3"), ("a: \u{1}", "f:1:4"), ("&a [*a]", "f:1:5"),
        ])
    func refused(_ text: String, _ place: String) {
        let error = #expect(throws: SyntaxError.self) { try read(text) }
        #expect(error?.position.text == place, "\(error?.message ?? "")")
    }

    @Test("values know their line and column in characters")
    func positions() throws {
        let node = try read("# first\nä: {b: [1,\n    zwei]}\n")
        let outer = try #require(node.members)
        #expect(outer[0].namePosition.text == "f:2:1")
        #expect(outer[0].node.position.text == "f:2:4")
        #expect(outer[0].node["b"]?.elements?.map(\.position.text) == ["f:2:9", "f:3:5"])
    }

    @Test("a bomb of aliases is refused, quickly")
    func bomb() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...20 {
            text += "a\(level): &a\(level) [" + (0..<10).map { _ in "*a\(level - 1)" }.joined(separator: ", ") + "]\n"
        }
        let clock = ContinuousClock()
        let taken = clock.measure {
            let error = #expect(throws: SyntaxError.self) { try read(text) }
            #expect(error?.message.contains("aliases") == true)
        }
        #expect(taken < .seconds(5))
    }

    @Test("nesting has a limit, through aliases too")
    func depth() throws {
        _ = try read(String(repeating: "[", count: 512) + String(repeating: "]", count: 512))
        #expect(throws: SyntaxError.self) { try read(String(repeating: "[", count: 20_000)) }
        #expect(throws: SyntaxError.self) { try read(String(repeating: "- ", count: 600) + "1") }
        let half = String(repeating: "[", count: 300) + String(repeating: "]", count: 300)
        let error = #expect(throws: SyntaxError.self) {
            try read("a: &a \(half)\nb: \(String(repeating: "[", count: 300))*a\(String(repeating: "]", count: 300))")
        }
        #expect(error?.message.contains("512") == true)
    }

    @Test("nothing written reads as null", arguments: ["", "\n", "# only a comment\n", "---\n"])
    func nothing(_ text: String) throws {
        #expect(try read(text).isNull)
    }

    private func read(_ text: String) throws -> Node {
        try YAMLReader.read(Array(text.utf8), source: "f")
    }
}
