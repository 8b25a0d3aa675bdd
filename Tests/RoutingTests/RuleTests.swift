import Routing
import Testing

@Suite("a rule is ready for use")
struct RuleTests {
    @Test("what was written stands in it, as bytes")
    func facts() throws {
        let router = try router(
            """
            {rules: [{name: 'r', priority: 3, match: {type: 'prefix', pattern: '/', encodedDelimiters: 'keep'},
              target: [{target: 'tag:stable', weight: 95}, {target: 'pool:canary', weight: 5}],
              fallback: ['agent:a', 'b'],
              requiresAuth: true, timeouts: {firstByte: '5s', connect: '250ms'}, upgrades: ['TTY'],
              headers: {request: {set: {'X-Key': ' v ', 'A-First': 'a'}, remove: ['Cookie']},
                response: {remove: ['Server']}}}]}
            """)
        let rule = router.rules[0]
        #expect(rule.name == "r" && rule.index == 0 && rule.priority == 3 && rule.requiresAuth)
        #expect(rule.target.names == [.tag("stable"), .pool("canary")])
        #expect(rule.fallback == [.agent("a"), .bare("b")])
        #expect(rule.encodedDelimiters == .keep)
        #expect(rule.timeouts.firstByte == .seconds(5) && rule.timeouts.connect == .milliseconds(250))
        #expect(rule.timeouts.streamGap == nil && rule.timeouts.tunnelIdle == nil)
        #expect(rule.upgrades == [Array("tty".utf8)])
        #expect(!rule.rewrites)
        #expect(String(decoding: rule.requestHeaders.setBytes, as: UTF8.self) == "A-First: a\r\nX-Key: v\r\n")
        #expect(rule.requestHeaders.dropped == ["a-first", "cookie", "x-key"].map { Array($0.utf8) })
        #expect(rule.responseHeaders.setBytes.isEmpty && !rule.responseHeaders.isEmpty)
    }

    @Test(
        "a field is left out by its name in any case",
        arguments: [
            ("Cookie", true), ("COOKIE", true), ("cookie", true), ("Cookies", false), ("X-Key", true),
            ("Accept", false),
            ("", false),
        ])
    func drops(name: String, expected: Bool) throws {
        let router = try router(
            """
            {rules: [{name: 'r', match: {type: 'default'}, target: 'x',
              headers: {request: {set: {'x-key': 'v'}, remove: ['cookie']}}}]}
            """)
        #expect(Array(name.utf8).withUnsafeBytes { router.rules[0].requestHeaders.drops($0) } == expected)
    }
}

@Suite("targets are names, and splits of them")
struct TargetTests {
    @Test(
        "a target is read by its prefix",
        arguments: [
            ("chat-1", TargetName.bare("chat-1")), ("agent:chat-1", .agent("chat-1")), ("tag:gpu", .tag("gpu")),
            ("pool:a:b", .pool("a:b")), ("host:8080", .bare("host:8080")), ("tags:x", .bare("tags:x")),
        ])
    func names(text: String, expected: TargetName) {
        #expect(TargetName(text) == expected)
        #expect(expected.spelling == text)
    }

    @Test("a target without a name is none", arguments: ["", "tag:", "pool:", "agent:"])
    func empty(text: String) { #expect(TargetName(text) == nil) }

    @Test(
        "each choice is drawn exactly as often as its weight says",
        arguments: [
            [95, 5], [1, 1], [1, 0, 3], [0, 7], [7, 0], [1, 2, 3, 4, 5, 0, 85], [1_000, 1],
        ])
    func splits(weights: [Int]) {
        let splits = Splits(weights)
        let total = UInt64(weights.reduce(0, +))
        var counts = [Int](repeating: 0, count: weights.count)
        // The least number of each of `total` equal parts of the range.
        for part in 0..<total {
            let (quotient, remainder) = total.dividingFullWidth((part, 0))
            let least = remainder == 0 ? quotient : quotient + 1
            counts[splits.choose(least)] += 1
        }
        #expect(counts == weights)
        let last = weights.lastIndex { $0 > 0 }
        #expect(splits.choose(0) == weights.firstIndex { $0 > 0 })
        #expect(splits.choose(UInt64.max) == last)
    }

    @Test("with one choice or none the answer is the first", arguments: [[], [5], [0]])
    func single(weights: [Int]) {
        #expect(Splits(weights).choose(0) == 0)
        #expect(Splits(weights).choose(UInt64.max) == 0)
    }
}
