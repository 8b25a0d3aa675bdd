import Settings
import Testing

@Suite("what differs between two trees is told by path")
struct NodeDifferenceTests {
    private func node(_ text: String) throws -> Node {
        try JSONReader.read(Array(text.utf8), source: "t", dialect: .json5)
    }

    @Test(
        "each as deep as it goes, entries by their name",
        arguments: [
            ("{a: 1, b: {c: 2}}", "{a: 1, b: {c: 3}}", ["b.c"]),
            ("{a: 1}", "{a: 1}", []),
            ("{a: 1, b: 2}", "{b: 2, a: 1}", []),
            ("{}", "{a: {b: 1, c: 2}}", ["a.b", "a.c"]),
            ("{a: {b: 1}}", "{}", ["a.b"]),
            ("{r: [{name: 'x', v: 1}, {name: 'y'}]}", "{r: [{name: 'x', v: 2}, {name: 'y'}]}", ["r.x.v"]),
            ("{r: [{name: 'x'}]}", "{r: [{name: 'x'}, {name: 'y', v: 1}]}", ["r.y.name", "r.y.v"]),
            ("{r: [{name: 'x'}, {name: 'y'}]}", "{r: [{name: 'y'}, {name: 'x'}]}", ["r"]),
            ("{r: [1, 2]}", "{r: [1, 2]}", []),
            ("{r: [1, 2]}", "{r: [2, 1]}", ["r"]),
            ("{r: []}", "{r: []}", []),
            ("{r: []}", "{r: {}}", ["r"]),
            ("{r: {}}", "{r: {}}", []),
            ("{r: 1}", "{r: {a: 1}}", ["r"]),
        ])
    func paths(before: String, after: String, expected: [String]) throws {
        let found = NodeDifference.paths(from: try node(before), to: try node(after)).map(KeyPathText.join)
        #expect(found == expected)
    }

    @Test("the merge patch of a difference makes one out of the other")
    func patch() throws {
        let pairs = [
            ("{a: 1, b: {c: 2, d: 3}}", "{b: {c: 2, e: [1]}}"), ("{r: [{id: 'x'}]}", "{r: [{id: 'x', v: 1}]}"),
            ("{}", "{a: {}}"),
        ]
        for (before, after) in pairs {
            let (old, new) = (try node(before), try node(after))
            #expect(MergePatch.apply(old, NodeDifference.mergePatch(from: old, to: new)).isSame(as: new))
        }
    }

    @Test("two patches composed do what they do one after the other")
    func composed() throws {
        let base = try node("{a: 1, b: {c: 2}, r: [{id: 'x', v: 1}, {id: 'y', v: 2}]}")
        let first = try node("{a: null, b: {d: 4}, r: [{id: 'x', v: 5}]}")
        let second = try node("{b: {c: null}, r: [{id: 'y', v: null}, {id: 'z', v: 9}]}")
        let steps = MergePatch.applyByIdentity(MergePatch.applyByIdentity(base, first), second)
        #expect(MergePatch.applyByIdentity(base, MergePatch.composed(first, second)).isSame(as: steps))
    }

    @Test("a patch without a path, and what it decides")
    func without() throws {
        let patch = try node("{b: {c: 1}, r: [{id: 'x', v: 5}]}")
        #expect(MergePatch.decides(["r", "x", "v"], patch))
        #expect(!MergePatch.decides(["r", "y", "v"], patch))
        #expect(!MergePatch.decides(["b", "d"], patch))
        let left = try #require(MergePatch.without(["r", "x", "v"], patch))
        #expect(left.isSame(as: try node("{b: {c: 1}}")))
        let isEmpty = MergePatch.without(["b"], left).map { _ in false } ?? true
        #expect(isEmpty)
    }
}
