import Settings
import Testing

@Suite("YAML texts are edited in place")
struct EditingYAMLTests {
    private static let seed: UInt64 = 20_261_121

    private static let document = """
        # the edge
        gateway:   # behind
          http:
            listen: a:1 # where
            limit: 5

          # about logging
          logging:
            level: "info"
            # level: debug

          # of nobody

          rules:
            # first
            - id: a  # a's
              target: x
            # second
            - id: b
              # about the target
              target: y
              deep: {q: 1, r: [1, 2]} # flow
            - id: c
              target: 'z'
          text: |
            hello
            there

        """
    private static let value = """
        {gateway: {http: {listen: "a:1", limit: 5}, logging: {level: "info"}, rules: [{id: "a", target: "x"}, \
        {id: "b", target: "y", deep: {q: 1, r: [1, 2]}}, {id: "c", target: "z"}], text: "hello\\nthere\\n"}}
        """

    @Test(
        "what changes is edited, and comments go and stay with what they are about",
        arguments: [
            ([("5", "5.0")], []),
            ([(#""a:1""#, #""b:2""#)], [("a:1 #", "b:2 #")]),
            ([(#""a:1""#, #""yes""#)], [("a:1 #", "\"yes\" #")]),
            ([(#""a:1""#, "7")], [("a:1 #", "7 #")]),
            ([(#""info""#, #""debug""#)], [("\"info\"", "\"debug\"")]),
            ([(#""z""#, #""it's: #1""#)], [("'z'", "\"it's: #1\"")]),
            (
                [("limit: 5", "limit: 5, more: [1, {a: 1, b: []}], 'x y': {z: null}")],
                [
                    (
                        "limit: 5\n",
                        """
                        limit: 5
                            more:
                              - 1
                              - a: 1
                                b: []
                            "x y":
                              z: null

                        """
                    )
                ]
            ),
            ([("5", "{max: 5}")], [("limit: 5\n", "limit:\n      max: 5\n")]),
            (
                [(#"{listen: "a:1", limit: 5}"#, "{}")],
                [("  http:\n    listen: a:1 # where\n    limit: 5\n", "  http: {}\n")]
            ),
            (
                [(#"{listen: "a:1", limit: 5}"#, "[1]")],
                [("  http:\n    listen: a:1 # where\n    limit: 5\n", "  http:\n    - 1\n")]
            ),
            (
                [(#"logging: {level: "info"}, "#, "")],
                [("  # about logging\n  logging:\n    level: \"info\"\n    # level: debug\n\n", "")]
            ),
            ([(#"{id: "a", target: "x"}, "#, "")], [("    # first\n    - id: a  # a's\n      target: x\n", "")]),
            ([(#", {id: "c", target: "z"}"#, "")], [("    - id: c\n      target: 'z'\n", "")]),
            ([(#"id: "b", "#, "")], [("- id: b\n      # about", "- # about")]),
            ([(#"target: "y", "#, "")], [("      # about the target\n      target: y\n", "")]),
            ([("q: 1, r: [1, 2]", "r: [1, 2, 3], s: 'x'")], [("q: 1, r: [1, 2]", "r: [1, 2, 3], s: \"x\"")]),
            ([(#"{id: "b""#, #"{id: "q"}, {id: "b""#)], [("    # second\n", "    - id: q\n    # second\n")]),
            ([(#"[{id: "a""#, #"[{id: "q"}, {id: "a""#)], [("    # first\n", "    - id: q\n    # first\n")]),
            (
                [(#""z"}"#, #""z"}, {id: "q", match: {path: "/v1"}}"#)],
                [("'z'\n", "'z'\n    - id: q\n      match:\n        path: /v1\n")]
            ),
            ([(#""hello\nthere\n""#, #""bye""#)], [("|\n    hello\n    there\n", "bye\n")]),
            (
                [(#""}}"#, #"", cache: {ttl: "1m"}}, new: true}"#)],
                [("there\n", "there\n  cache:\n    ttl: 1m\nnew: true\n")]
            ),
        ] as [([(String, String)], [(String, String)])])
    func comments(_ changes: [(String, String)], _ edits: [(String, String)]) throws {
        let target = changes.reduce(Self.value) { $0.replacing($1.0, with: $1.1, maxReplacements: 1) }
        let expected = edits.reduce(Self.document) { $0.replacing($1.0, with: $1.1, maxReplacements: 1) }
        #expect(try edited(Self.document, target) == expected)
    }

    @Test(
        "layout, line ends, the byte order mark and empty texts are kept",
        arguments: [
            ("", "{a: {b: 1}}", "a:\n  b: 1\n"),
            ("# nothing yet", "{a: 1}", "# nothing yet\na: 1\n"),
            ("# c\n---\n# d\n", "{a: 1}", "# c\n---\n# d\na: 1\n"),
            ("--- {}\n", "{a: 1}", "--- \na: 1\n"),
            ("null\n", "{a: 1}", "a: 1\n"),
            ("{}\n", "{a: [1]}", "a:\n  - 1\n"),
            ("{\"a\": 1}\n", "{a: 1, b: [1]}", "{\"a\": 1, \"b\": [1]}\n"),
            ("a:\n- 1\n- 2\n", "{a: [1, 2, 3], b: [4]}", "a:\n- 1\n- 2\n- 3\nb:\n- 4\n"),
            ("a:\n    b: 1\n", "{a: {b: 1, c: {d: 2}}}", "a:\n    b: 1\n    c:\n        d: 2\n"),
            (
                "a: 1\r\nb:\r\n  c: 2\r\n", "{a: 1, b: {c: 2, d: 3}, e: {f: 4}}",
                "a: 1\r\nb:\r\n  c: 2\r\n  d: 3\r\ne:\r\n  f: 4\r\n"
            ),
            ("\u{FEFF}a: 1\nb: 2\n", "{a: 3, b: 2}", "\u{FEFF}a: 3\nb: 2\n"),
            ("größe: ä\nb: [ü, 1]\n", "{größe: 'ä', b: ['ü', 2], c: 3}", "größe: ä\nb: [ü, 2]\nc: 3\n"),
            ("a: 1", "{a: 1, b: 2}", "a: 1\nb: 2"),
            ("a: 1\nb: 2", "{a: 1}", "a: 1"),
            ("a: 1\nb: 2\n", "{b: 2}", "b: 2\n"),
            ("a:\nb: ~\n", "{a: 1, b: null}", "a: 1\nb: ~\n"),
            ("a: # c\nb: 1\n", "{a: {x: 1}, b: 1}", "a: # c\n  x: 1\nb: 1\n"),
            ("- - 1\n  - 2\n", "[[0, 1, 2]]", "- - 0\n  - 1\n  - 2\n"),
            ("- - 1\n  - 2\n", "[[2]]", "- - 2\n"),
            ("-\n- 1\n", "[{a: 1, b: 2}, 1]", "- a: 1\n  b: 2\n- 1\n"),
            ("a: 1\n...\n", "{a: 1, b: 2}", "a: 1\nb: 2\n...\n"),
            ("a: .inf\n", "{a: -Infinity, b: +Infinity}", "a: -.inf\nb: .inf\n"),
            ("[a: 1, b]\n", "[{a: 2}, 'b', {}]", "[a: 2, b, {}]\n"),
            ("{a, b: , c: 1}\n", "{a: 1, b: 2, c: 1}", "{a: 1, b: 2, c: 1}\n"),
            ("a: !!str 5\n", "{a: 6}", "a: 6\n"),
        ])
    func layout(_ text: String, _ target: String, _ expected: String) throws {
        #expect(try edited(text, target) == expected)
    }

    @Test(
        "what is shared is edited beside, and refused with its place where it would change elsewhere too",
        arguments: [
            ("a: &x {b: 1}\nc: *x\n", "{a: {b: 1}, c: {b: 1}, d: 2}", "a: &x {b: 1}\nc: *x\nd: 2\n"),
            ("a: &x {b: 1}\nc: *x\n", "{a: {b: 1}}", "a: &x {b: 1}\n"),
            ("a: &x 1\nc: *x\n", "{a: 1, c: 2}", "a: &x 1\nc: 2\n"),
            ("a: &x 1\nc: *x\n", "{a: 2, c: 1}", "f.yaml:1:4"),
            ("a: &x {b: 1}\nc: *x\n", "{a: {b: 2}, c: {b: 1}}", "f.yaml:1:4"),
            ("a: &x {b: 1}\nc: *x\n", "{a: {b: 1}, c: {b: 2}}", "f.yaml:1:4"),
            ("a: &x {b: 1}\nc: {<<: *x, d: 1}\n", "{a: {b: 1}, c: {b: 1, d: 2}}", "a: &x {b: 1}\nc: {<<: *x, d: 2}\n"),
            ("a: &x {b: 1}\nc:\n  <<: *x\n", "{a: {b: 1}, c: {b: 1, d: 2}}", "a: &x {b: 1}\nc:\n  <<: *x\n  d: 2\n"),
            ("a: &x {b: 1}\nc:\n  <<: *x\n  d: 1\n", "{a: {b: 1}, c: {b: 1}}", "a: &x {b: 1}\nc:\n  <<: *x\n"),
            ("a: &x {b: 1}\nc: {<<: *x, d: 1}\n", "{a: {b: 1}, c: {b: 2, d: 1}}", "f.yaml:1:11"),
            ("a: &x {b: 1}\nc: {<<: *x, d: 1}\n", "{a: {b: 1}, c: {d: 1}}", "f.yaml:1:11"),
            ("a: &x {b: 1}\nc: *x\n", "{c: {b: 1}}", "f.yaml:1:4"),
            ("a: &x {b: 1}\n", "{a: {b: 2}}", "a: &x {b: 2}\n"),
            ("? a\n: 1\n", "{a: 1, b: 2}", "f.yaml:1:1"),
            ("? a\n: 1\nb: 2\n", "{b: 2}", "f.yaml:1:1"),
        ])
    func sharing(_ text: String, _ target: String, _ expected: String) throws {
        do throws(EditFailure) {
            let node = try? JSONReader.read(Array(target.utf8), source: "t", dialect: .json5)
            let document = try? DocumentText(Array(text.utf8), path: "f.yaml")
            guard let node, let document else { throw EditFailure(.unwritten, "not read") }
            let result = try document.edited(to: node)
            #expect(String(decoding: result, as: UTF8.self) == expected)
        } catch {
            #expect(error.position.text == expected)
            #expect(error.message.contains("clawproxy config apply"))
        }
    }

    @Test("random texts say what was asked for, themselves without a change, and what they said on the way back")
    func randomRoundTrips() throws {
        for round in 0..<3_000 {
            var documents = RandomDocuments(seed: Self.seed &+ UInt64(round))
            let first = documents.node(depth: 4)
            let text = documents.yaml(first)
            let target = documents.chance(4) ? documents.node(depth: 4) : documents.changed(first, depth: 4)
            let document = try DocumentText(Array(text.utf8), path: "f.yaml")
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

    @Test("every case of RFC 7396 appendix A and the others is edited to its result")
    func corpus() throws {
        for row in try Corpora.rows("merge-patch.json") {
            let (base, patch) = (try #require(row["original"]), try #require(row["patch"]))
            var documents = RandomDocuments(seed: Self.seed)
            for text in [base.json, documents.yaml(base)] {
                let document = try DocumentText(Array(text.utf8), path: "f.yaml")
                let edited = try document.editedText(to: MergePatch.apply(document.node, patch))
                let result = try #require(row["result"])
                #expect(edited.node.isSame(as: result), "\(text) + \(patch.json)")
            }
        }
    }

    @Test("the texts of the YAML test suite are edited or refused, and themselves without a change")
    func suite() throws {
        var (edits, refusals) = (0, 0)
        for row in try Corpora.rows("yaml.json") {
            guard let text = row["yaml"]?.string else { continue }
            guard let document = try? DocumentText(Array(text.utf8), path: "f.yaml") else { continue }
            #expect(try document.edited(to: document.node) == document.bytes)
            var documents = RandomDocuments(seed: Self.seed)
            for _ in 0..<20 {
                let target = documents.changed(document.node, depth: 3)
                guard let edited = try? document.editedText(to: target) else {
                    refusals += 1
                    continue
                }
                edits += 1
                #expect(edited.node.isSame(as: target), "\(text)")
            }
        }
        #expect(edits > 10 * refusals, "\(edits) edits, \(refusals) refusals")
    }

    @Test("strings are replaced where they are written, through aliases and merges too")
    func strings() throws {
        let text = """
            a: &s secret # s
            b: *s
            c: &m {t: "x", u: !tag y}
            d: {<<: *m, t: z}
            e: |
              lines
            f: [one, 'two']

            """
        let document = try DocumentText(Array(text.utf8), path: "f.yaml")
        var seen: [String] = []
        let replaced = document.replacingStrings { path, string in
            seen.append(path.joined(separator: "."))
            return [["b"], ["d", "u"], ["e"], ["f", "[1]"]].contains(path) ? "***" : nil
        }
        #expect(seen == ["a", "b", "c.t", "c.u", "d.t", "d.u", "e", "f.[0]", "f.[1]"])
        let expected = text.replacing("secret", with: "\"***\"").replacing("y}", with: "\"***\"}")
            .replacing("|\n  lines", with: "\"***\"").replacing("'two'", with: "\"***\"")
        #expect(String(decoding: replaced, as: UTF8.self) == expected)
    }

    private func edited(_ text: String, _ target: String) throws -> String {
        let node = try JSONReader.read(Array(target.utf8), source: "t", dialect: .json5)
        let bytes = try DocumentText(Array(text.utf8), path: "f.yaml").edited(to: node)
        return String(decoding: bytes, as: UTF8.self)
    }
}
