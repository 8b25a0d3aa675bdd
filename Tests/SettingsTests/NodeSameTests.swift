import Settings
import Testing

@Suite("nodes are compared by what they say")
struct NodeSameTests {
    @Test("trees that differ at the bottom are told apart in one walk, however deep they are")
    func depth() {
        var (one, two, three) = (Node(.bool(true)), Node(.bool(false)), Node(.bool(true)))
        for _ in 0..<Bounds.depth {
            one = .object([("a", one), ("b", Node(.null))])
            two = .object([("a", two), ("b", Node(.null))])
            three = .object([("b", Node(.null)), ("a", three)])
        }
        #expect(!one.isSame(as: two))
        #expect(one.isSame(as: three))
        #expect(!two.isSame(as: three))
    }
}
