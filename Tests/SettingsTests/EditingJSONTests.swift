import Settings
import Testing

@Suite("JSON and JSON5 texts are edited in place")
struct EditingJSONTests {
    private static let seed: UInt64 = 20_261_120

    private static let document = """
        // header
        {
          // the gateway
          gateway: { // behind
            http: { listen: 'a:1', limit: 5 }, // http

            // about logging,
            // in two lines
            logging: { level: "info" }, /* behind it */

            /* of nobody */

            rules: [
              // first
              { id: 'a', target: 'x' }, // a's
              { id: 'b', target: 'y' },
              // third
              { id: 'c', target: 'z', },
            ],
          },
        }

        """
    private static let value = """
        {gateway: {http: {listen: "a:1", limit: 5}, logging: {level: "info"}, rules: [{id: "a", target: "x"}, \
        {id: "b", target: "y"}, {id: "c", target: "z"}]}}
        """

    /// Pieces of the value replaced, and the same for lines of the text that come out of it.
    @Test(
        "what changes is edited, and comments go and stay with what they are about",
        arguments: [
            ([("5", "5.0")], []),
            ([(#""a:1""#, #""b:2""#)], [("'a:1'", "'b:2'")]),
            ([(#""a:1""#, #""it's""#)], [("'a:1'", "\"it's\"")]),
            (
                [("limit: 5", "limit: 5, 'x-y': [1, {}], more: true")],
                [("limit: 5", "limit: 5, \"x-y\": [1, {}], more: true")]
            ),
            ([(#"listen: "a:1", "#, "")], [("listen: 'a:1', ", "")]),
            ([(", limit: 5", "")], [(", limit: 5", "")]),
            (
                [(#"logging: {level: "info"}, "#, "")],
                [
                    (
                        "    // about logging,\n    // in two lines\n"
                            + "    logging: { level: \"info\" }, /* behind it */\n\n",
                        ""
                    )
                ]
            ),
            ([(#"{id: "a", target: "x"}, "#, "")], [("      // first\n      { id: 'a', target: 'x' }, // a's\n", "")]),
            ([(#", {id: "c", target: "z"}"#, "")], [("      // third\n      { id: 'c', target: 'z', },\n", "")]),
            (
                [(#"{id: "b""#, #"{id: "q"}, {id: "b""#)],
                [("// a's\n", "// a's\n      {\"id\": \"q\"},\n")]
            ),
            (
                [(#"[{id: "a""#, #"[{id: "q"}, {id: "a""#)],
                [("      // first\n", "      {\"id\": \"q\"},\n      // first\n")]
            ),
            (
                [(#"{id: "c", target: "z"}"#, #"{id: "c", target: "z"}, {id: "q"}"#)],
                [("{ id: 'c', target: 'z', },\n", "{ id: 'c', target: 'z', },\n      {\"id\": \"q\"},\n")]
            ),
            // One entry is moved; the others and their comments stay where they are.
            (
                [(#"{id: "a", target: "x"}, "#, ""), (#""z"}"#, #""z"}, {id: "a", target: "x"}"#)],
                [
                    ("      // first\n      { id: 'a', target: 'x' }, // a's\n", ""),
                    ("'z', },\n", "'z', },\n      {\"id\": \"a\", \"target\": \"x\"},\n"),
                ]
            ),
            ([("}]}}", #"}]}, cache: {ttl: "1m"}}"#)], [("  },\n}\n", "  },\n  cache: {\"ttl\": \"1m\"},\n}\n")]),
        ] as [([(String, String)], [(String, String)])])
    func comments(_ changes: [(String, String)], _ edits: [(String, String)]) throws {
        let target = changes.reduce(Self.value) { $0.replacing($1.0, with: $1.1, maxReplacements: 1) }
        let expected = edits.reduce(Self.document) { $0.replacing($1.0, with: $1.1, maxReplacements: 1) }
        #expect(try edited(Self.document, target) == expected)
    }

    @Test(
        "layout, commas, quotes, line ends and the byte order mark stay as they are",
        arguments: [
            ("{}", "{a: 1, b: {c: 2}}", "{\n  \"a\": 1,\n  \"b\": {\"c\": 2}\n}"),
            ("{ }\n", "{a: 1}", "{\n  \"a\": 1\n}\n"),
            ("{\n  // nothing yet\n}", "{a: 1}", "{\n  // nothing yet\n  \"a\": 1\n}"),
            (#"{"a": {}}"#, "{a: {b: 1}}", #"{"a": {"b": 1}}"#),
            (#"{"a": []}"#, "{a: [1, 2]}", #"{"a": [1, 2]}"#),
            (#"{"a":1,"b":[1,2,3,4]}"#, "{a: 1, b: [2, 9, 4, 5], c: 3}", #"{"a":1,"b":[2,9,4,5],"c":3}"#),
            ("{\"a\": 1}", "{}", "{}"),
            ("{\"a\": 1, \"b\": 2}", "{b: 2}", "{\"b\": 2}"),
            ("{\"a\": 1, \"b\": 2}", "{a: 1}", "{\"a\": 1}"),
            ("{\n  \"a\": 1,\n  \"b\": 2\n}", "{a: 1}", "{\n  \"a\": 1\n}"),
            ("{\n  \"a\": 1\n}", "{a: 1, b: 2}", "{\n  \"a\": 1,\n  \"b\": 2\n}"),
            ("{\n  \"a\": 1, // c\n}", "{a: 1, b: 2}", "{\n  \"a\": 1, // c\n  \"b\": 2,\n}"),
            ("{\n  \"a\": 1 // c\n}", "{a: 1, b: 2}", "{\n  \"a\": 1, // c\n  \"b\": 2\n}"),
            (
                "{\r\n\t\"a\": {\r\n\t\t\"b\": 1\r\n\t}\r\n}\r\n", "{a: {b: 1, c: 2}}",
                "{\r\n\t\"a\": {\r\n\t\t\"b\": 1,\r\n\t\t\"c\": 2\r\n\t}\r\n}\r\n"
            ),
            ("\u{FEFF}{a: 1}", "{a: 2}", "\u{FEFF}{a: 2}"),
            ("{\"a\": 1,}", "{a: 1, 'b c': 2}", "{\"a\": 1, \"b c\": 2,}"),
            ("{a: 1}", "{a: 1, b: 2, 'c d': 3}", "{a: 1, b: 2, \"c d\": 3}"),
            ("{'a': 1}", "{a: 1, b: 2}", "{'a': 1, 'b': 2}"),
            ("{a: 0xFF, b: 1.0, c: +2}", "{a: 255, b: 1, c: 3}", "{a: 0xFF, b: 1.0, c: 3}"),
            ("{ a: 1\n, b: 2\n, c: 3 }", "{a: 1, c: 3, d: 4}", nil),
            ("[1, // c\n 2]", "[1]", "[1 // c\n ]"),
            ("[1, 2, // c\n 3]", "[1, 2, 4, 3]", nil),
            ("5 // five", "{a: 1}", "{\n  \"a\": 1\n} // five"),
        ] as [(String, String, String?)])
    func layout(_ text: String, _ target: String, _ expected: String?) throws {
        let result = try edited(text, target)
        if let expected { #expect(result == expected) }
    }

    @Test("a long value is written over many lines, as the text is indented")
    func longValues() throws {
        let long = String(repeating: "x", count: 90)
        let text = "{\n    a: {\n        b: 1,\n    },\n}"
        let expected =
            "{\n    a: {\n        b: 1,\n        c: {\n            \"d\": [\n"
            + "                \"\(long)\"\n            ]\n        },\n    },\n}"
        #expect(try edited(text, "{a: {b: 1, c: {d: ['\(long)']}}}") == expected)
    }

    @Test("what was strict JSON stays strict JSON")
    func strictness() throws {
        for round in 0..<300 {
            var documents = RandomDocuments(seed: Self.seed &+ UInt64(round))
            let first = documents.node(depth: 4)
            let text = Array((documents.chance(2) ? JSONText.pretty(first, width: 20) : first.json).utf8)
            let target = documents.changed(first, depth: 4)
            let edited = try DocumentText(text, path: "f.json").edited(to: target)
            let node = try JSONReader.read(edited, source: "f.json", dialect: .strict)
            #expect(node.isSame(as: target), "seed \(Self.seed), round \(round)")
        }
    }

    @Test("random texts say what was asked for, themselves without a change, and what they said on the way back")
    func randomRoundTrips() throws {
        for round in 0..<3_000 {
            var documents = RandomDocuments(seed: Self.seed &+ UInt64(round))
            let first = documents.node(depth: 4)
            let text = documents.json5(first)
            let target = documents.chance(4) ? documents.node(depth: 4) : documents.changed(first, depth: 4)
            let document = try DocumentText(Array(text.utf8), path: "f.json")
            #expect(document.node.isSame(as: first), "seed \(Self.seed), round \(round)")
            #expect(try document.edited(to: first) == document.bytes, "seed \(Self.seed), round \(round)")
            do {
                let edited = try document.editedText(to: target)
                #expect(edited.node.isSame(as: target), "seed \(Self.seed), round \(round)")
                #expect(try edited.editedText(to: first).node.isSame(as: first), "seed \(Self.seed), round \(round)")
            } catch {
                Issue.record("seed \(Self.seed), round \(round): \(error)")
            }
        }
    }

    @Test("one changed scalar leaves every other byte as it was")
    func otherBytes() throws {
        for round in 0..<1_000 {
            var documents = RandomDocuments(seed: Self.seed &+ UInt64(round))
            let node = Node.object([
                ("a", documents.node(depth: 3)), ("it", .string("old")), ("z", documents.node(depth: 3)),
            ])
            let text = documents.json5(node)
            let target = Node.object([("a", node["a"] ?? node), ("it", .string("new")), ("z", node["z"] ?? node)])
            let edited = try edited(text, target)
            let restored = edited.replacing("\"new\"", with: "\"old\"")
            #expect(
                restored == text || edited.replacing("'new'", with: "'old'") == text,
                "seed \(Self.seed), round \(round)")
        }
    }

    @Test("every case of RFC 7396 appendix A and the others is edited to its result")
    func corpus() throws {
        let rows = try Corpora.rows("merge-patch.json")
        #expect(rows.count >= 15)
        for row in rows {
            let (base, patch) = (try #require(row["original"]), try #require(row["patch"]))
            for text in [base.json, JSONText.pretty(base, width: 8)] {
                let document = try DocumentText(Array(text.utf8), path: "f.json")
                let edited = try document.editedText(to: MergePatch.apply(document.node, patch))
                let result = try #require(row["result"])
                #expect(edited.node.isSame(as: result), "\(text) + \(patch.json)")
            }
        }
    }

    @Test("a value that is nested deeper than texts may be is refused")
    func depth() throws {
        var deep = Node(.null)
        for _ in 0..<100_000 { deep = Node(.array([deep])) }
        let document = try DocumentText(Array("{a: 1}".utf8), path: "f.json")
        #expect(throws: EditFailure.self) { try document.edited(to: .object([("a", deep)])) }
        // Swift frees what is nested with one call a level; unwrapped first, it needs no more than this one.
        while let inner = deep.elements?.first { deep = inner }
        var text = "1"
        for _ in 0..<Bounds.depth { text = "[\(text)]" }
        #expect(try edited(text, text.replacing("1", with: "2")) == text.replacing("1", with: "2"))
    }

    @Test("strings are replaced by their paths, and nothing else")
    func strings() throws {
        let text = "{a: 'x', /* s */ 'b': [\"s\", {s: 's'}], // s\n c: 's', n: 1}"
        let document = try DocumentText(Array(text.utf8), path: "f.json")
        var seen: [String] = []
        let replaced = document.replacingStrings { path, string in
            seen.append(path.joined(separator: "."))
            return string == "s" && path != ["c"] ? "it's \"hidden\"" : nil
        }
        #expect(seen == ["a", "b.[0]", "b.[1].s", "c"])
        let hidden = #""it's \"hidden\"""#
        let expected = "{a: 'x', /* s */ 'b': [\(hidden), {s: \(hidden)}], // s\n c: 's', n: 1}"
        #expect(String(decoding: replaced, as: UTF8.self) == expected)
    }

    private func edited(_ text: String, _ target: String) throws -> String {
        try edited(text, JSONReader.read(Array(target.utf8), source: "t", dialect: .json5))
    }

    private func edited(_ text: String, _ target: Node) throws -> String {
        let bytes = try DocumentText(Array(text.utf8), path: "f.json").edited(to: target)
        return String(decoding: bytes, as: UTF8.self)
    }
}
