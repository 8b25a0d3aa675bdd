import Settings
import Testing

@Suite("JSON is read as RFC 8259 has it")
struct JSONReaderTests {
    @Test("every case of JSONTestSuite has its verdict")
    func corpus() throws {
        let cases = try Corpora.verdicts("json.jsonl")
        #expect(cases.count >= 250)
        for one in cases {
            let isAccepted =
                (try? JSONReader.read(one.raw, source: one.name, dialect: .strict, duplicates: .lastStays)) != nil
            #expect(isAccepted == one.isAccepted, "\(one.name)")
        }
    }

    @Test(
        "texts that may be read either way are answered, not a crash",
        arguments: [
            #"["\uD800"]"#, #"["\uDC00\uD800"]"#, #"["\uD800\uD800n"]"#, "[1e999999]", "[-1e-99999999999999999999]",
            "[123456789012345678901234567890]", "\u{FEFF}{}",
        ])
    func either(_ text: String) {
        _ = try? JSONReader.read(Array(text.utf8), source: "x", dialect: .strict)
    }

    @Test("a byte order mark is skipped and takes no column")
    func byteOrderMark() throws {
        let node = try read("\u{FEFF}{\"a\": 1}", .strict)
        #expect(node.position.column == 1)
        #expect(node["a"]?.position.column == 7)
    }

    @Test("names and values know their line and column, in characters")
    func positions() throws {
        let node = try read("{\n  \"ä€\": [1,\r\n    \"😀\", true],\r  \"b\": {}\n}", .strict)
        #expect(node.position == Position(source: "f", line: 1, column: 1))
        let members = try #require(node.members)
        #expect(members[0].namePosition.text == "f:2:3")
        #expect(members[0].node.position.text == "f:2:9")
        let elements = try #require(members[0].node.elements)
        #expect(elements.map(\.position.text) == ["f:2:10", "f:3:5", "f:3:10"])
        #expect(members[1].namePosition.text == "f:4:3")
    }

    @Test(
        "errors stand where the text goes wrong",
        arguments: [
            ("{\"a\": }", "f:1:7"), ("[1,\n 2", "f:2:3"), ("[1 2]", "f:1:4"), ("{\"a\" 1}", "f:1:6"), ("[01]", "f:1:2"),
            ("\"abc", "f:1:1"), ("", "f:1:1"), ("[1]]", "f:1:4"), ("{\"a\":1,}", "f:1:8"), ("[\"\\x\"]", "f:1:3"),
        ])
    func errorPositions(_ text: String, _ place: String) {
        let error = #expect(throws: SyntaxError.self) { try read(text, .strict) }
        #expect(error?.position.text == place, "\(error?.message ?? "")")
    }

    @Test(
        "bytes that are not UTF-8 are refused where they stand",
        arguments: [
            [0x5B, 0x22, 0xFF, 0x22, 0x5D], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
            [0x22, 0xF5, 0x80, 0x80, 0x80, 0x22], [0xFE, 0xFF, 0x00, 0x5B], [0x22, 0xE2, 0x82],
        ] as [[UInt8]])
    func invalidText(_ bytes: [UInt8]) {
        for dialect in [JSONReader.Dialect.strict, .json5] {
            #expect(throws: SyntaxError.self) { try JSONReader.read(bytes, source: "f", dialect: dialect) }
        }
        #expect(throws: SyntaxError.self) { try YAMLReader.read(bytes, source: "f") }
    }

    @Test("nesting has a limit, which is an error and not a crash")
    func depth() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        _ = try read(nested(512), .strict)
        for depth in [513, 1_000_000] {
            let error = #expect(throws: SyntaxError.self) { try read(nested(depth), .strict) }
            #expect(error?.position.text == "f:1:513")
            #expect(error?.message.contains("512") == true)
        }
    }

    @Test("a key given twice names the first, or the last stays where that is asked for")
    func duplicates() throws {
        let text = "{\"a\": 1,\n \"b\": 2, \"a\": 3}"
        let error = #expect(throws: SyntaxError.self) { try read(text, .json5) }
        #expect(error?.position.text == "f:2:10")
        #expect(error?.message.contains("f:1:2") == true)
        let node = try JSONReader.read(Array(text.utf8), source: "f", dialect: .strict, duplicates: .lastStays)
        #expect(node.json == #"{"a": 3, "b": 2}"#)
    }

    private func read(_ text: String, _ dialect: JSONReader.Dialect) throws -> Node {
        try JSONReader.read(Array(text.utf8), source: "f", dialect: dialect)
    }
}
