import Routing
import Settings
import Testing

@Suite("regular expressions that run out of memory are never taken for no match")
struct ExpressionTests {
    private func settings(_ patterns: [String]) throws -> RoutingSettings {
        let rules = patterns.enumerated().map { index, pattern in
            "{name: 'r\(index)', match: {type: 'regex', pattern: \(JSONText.quoted(pattern))}, target: 'x'}"
        }
        return try read("{rules: [\(rules.joined(separator: ","))]}").settings
    }

    /// Between them they need more than a small set has.
    private let patterns = (0..<60).map { "^/s\($0)/[a-z]{2,40}/x$" }

    @Test("the first in the order written wins, however the memory is", arguments: [64 << 20, 200_000, 40_000, 1_000])
    func fallback(setMemory: Int) throws {
        let router = Router(try settings(patterns + ["s1"]), seed: 1, setMemory: setMemory, expressionMemory: 8 << 20)
        for place in [0, 1, 31, 59] {
            #expect(try router.match(head("/s\(place)/abc/x")) == place, "\(setMemory)")
        }
        #expect(try router.match(head("/s10/abc/y")) == 60)
        #expect(try router.match(head("/nothing")) == Router.none)
    }

    @Test(
        "with little memory, whose caches are dropped again and again, the answers are the same",
        arguments: [
            100_000, 156_000, 170_000, 250_000, 1_000_000,
        ])
    func littleMemory(setMemory: Int) throws {
        let many = (0..<40).map { "[ab]{\($0)}a[ab]{12}c\($0)$" }
        let router = Router(try settings(many), seed: 1, setMemory: setMemory, expressionMemory: 8 << 20)
        var random = Seeded(seed: 9)
        for place in [0, 7, 39] {
            let letters = (0..<400).map { _ in random.pick(["a", "b"]) }.joined()
            #expect(try router.match(head("/\(letters)a\(letters.prefix(12))c\(place)")) == place)
            #expect(try router.match(head("/\(letters)b\(letters.prefix(12))c\(place)")) == Router.none)
        }
    }

    @Test("an expression that has no memory of its own makes the answer uncertain")
    func outOfMemory() throws {
        let settings = try read(
            """
            {rules: [{name: 'exact', match: {type: 'exact', pattern: '/known'}, target: 'x'},
              {name: 'regex', match: {type: 'regex', pattern: '^/[a-z]{100}$'}, target: 'x'},
              {name: 'rest', match: {type: 'default'}, target: 'x'}]}
            """
        ).settings
        let router = Router(settings, seed: 1, setMemory: 64 << 20, expressionMemory: 100)
        #expect(try router.match(head("/unknown")) == Router.outOfMemory)
        // What wins over it is certain all the same.
        #expect(try router.name(head("/known")) == "exact")
    }

    @Test("an expression that RE2 refuses takes nothing and leaves the others alone")
    func refused() throws {
        let router = Router(try settings(["(", "b"]), seed: 1)
        #expect(try router.name(head("/b")) == "r1")
        #expect(try router.name(head("/(")) == "none")
    }

    @Test("hostile input takes linear time")
    func linear() throws {
        let router = Router(try settings(["(a+)+$", "^/(([a-z])+.)+[A-Z]([a-z])+$"]), seed: 1)
        #expect(try router.match(head("/" + String(repeating: "a", count: 7_000) + "!")) == Router.none)
    }
}
