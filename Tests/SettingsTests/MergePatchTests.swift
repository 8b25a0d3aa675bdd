import Settings
import Testing

@Suite("patches merge")
struct MergePatchTests {
    @Test("every case of RFC 7396 appendix A and the others")
    func corpus() throws {
        let rows = try Corpora.rows("merge-patch.json")
        #expect(rows.count >= 15)
        for row in rows {
            let (base, patch) = (try #require(row["original"]), try #require(row["patch"]))
            let merged = MergePatch.apply(base, patch)
            let result = try #require(row["result"])
            #expect(merged.isSame(as: result), "\(base.json) + \(patch.json) = \(merged.json)")
        }
    }

    @Test(
        "entries with an identity merge by it, and new ones append",
        arguments: [
            (
                #"[{id: "a", x: 1}, {id: "b"}]"#, #"[{id: "b", y: 2}, {id: "c", z: null}]"#,
                #"[{id: "a", x: 1}, {id: "b", y: 2}, {id: "c"}]"#
            ),
            (#"[{name: "a", x: 1}]"#, #"[{name: "a", x: null}]"#, #"[{name: "a"}]"#),
            (#"[{id: "a"}, {x: 1}]"#, #"[{id: "b"}]"#, #"[{id: "b"}]"#),
            (#"[{id: 1}]"#, #"[{id: 1, x: 2}]"#, #"[{id: 1, x: 2}]"#),
            ("[]", #"[{id: "b"}]"#, #"[{id: "b"}]"#),
            (#"[{id: "a"}]"#, #"[{id: "c"}, {id: "c", x: 1}]"#, #"[{id: "a"}, {id: "c", x: 1}]"#),
            (
                #"[{id: "a", list: [{id: "q"}]}]"#, #"[{id: "a", list: [{id: "r"}]}]"#,
                #"[{id: "a", list: [{id: "q"}, {id: "r"}]}]"#
            ),
            (#"[{id: "a", name: "n"}]"#, #"[{id: "b", name: "n"}]"#, #"[{id: "a", name: "n"}, {id: "b", name: "n"}]"#),
            (#"[{id: "a"}]"#, "null", "null"), (#"[{id: "a"}]"#, "[]", #"[{id: "a"}]"#), ("[1, 2]", "[3]", "[3]"),
            (#"{a: 1}"#, #"{__proto__: {x: 1}, constructor: 1, b: {prototype: 2, c: 3}}"#, #"{a: 1, b: {c: 3}}"#),
        ])
    func identity(_ base: String, _ patch: String, _ result: String) throws {
        let merged = MergePatch.applyByIdentity(try node(base), try node(patch))
        #expect(merged.isSame(as: try node(result)), "\(merged.json)")
    }

    @Test("many members are removed in order")
    func removal() throws {
        let merged = MergePatch.apply(try node("{a: 1, b: 2, c: 3, d: 4}"), try node("{b: null, c: 5, a: null, e: 6}"))
        #expect(merged.json == #"{"c": 5, "d": 4, "e": 6}"#)
    }

    private func node(_ text: String) throws -> Node {
        try JSONReader.read(Array(text.utf8), source: "f", dialect: .json5)
    }
}
