import Balancer
import Settings
import Testing

@Suite("priority")
struct StrategyLevelTests {
    /// Agents of these levels.
    private func pool(_ levels: [Int], cap: Int = 0) -> Pool {
        let changes = Changes()
        let members = levels.enumerated().map { index, level in
            var settings = AgentSettings()
            settings.id = "agent-\(index)"
            settings.priority = level
            settings.maxConcurrent = cap
            return Agent(
                settings, kind: .openclaw, healthCheck: HealthCheckSettings(), state: AgentState(changes: changes))
        }
        return BalancerTests.pool(of: members, "priority") { $0.circuitBreaker.panicThreshold = Ratio(0) }
    }

    private func shares(_ pool: Pool, _ levels: [Int], picks: Int = 20_000) -> [Double] {
        let counts = LoopPool(pool, seed: 3).counts(picks)
        return Set(levels).sorted().map { level in
            Double(zip(counts, levels).filter { $0.1 == level }.reduce(0) { $0 + $1.0 }) / Double(picks)
        }
    }

    @Test(
        "a level is good for 1.4 times what of it can serve, and the rest spills over",
        arguments: [
            // Of ten and ten: how many are down in each, what each level gets.
            ([0, 0], [1, 0]), ([2, 0], [1, 0]), ([3, 0], [0.98, 0.02]), ([5, 0], [0.7, 0.3]), ([9, 0], [0.14, 0.86]),
            ([10, 0], [0, 1]), ([0, 10], [1, 0]),
            // 14 % and 70 % are not everything: both carry more.
            ([9, 5], [0.14 / 0.84, 0.7 / 0.84]), ([10, 9], [0, 1]),
        ] as [([Int], [Double])])
    func spills(_ down: [Int], _ expected: [Double]) {
        let levels = Array(repeating: 3, count: 10) + Array(repeating: 7, count: 10)
        let pool = pool(levels)
        for (level, count) in down.enumerated() {
            for index in 0..<count { pool.agents[level * 10 + index].state.publish(.down, now: 0) }
        }
        for (share, expected) in zip(shares(pool, levels), expected) { #expect(abs(share - expected) < 0.02) }
    }

    @Test("three levels: what two cannot carry goes to the third")
    func three() {
        let levels = [0, 0, 1, 1, 2, 2]
        let pool = pool(levels)
        for index in [0, 1, 2] { pool.agents[index].state.publish(.down, now: 0) }
        for (share, expected) in zip(shares(pool, levels), [0, 0.7, 0.3]) { #expect(abs(share - expected) < 0.02) }
    }

    @Test("a level that is at its caps spills over as one that is down")
    func caps() {
        let levels = [0, 1]
        let pool = pool(levels, cap: 3)
        let loop = LoopPool(pool, seed: 1)
        #expect((0..<6).compactMap { _ in loop.take() } == [0, 0, 0, 1, 1, 1])
    }

    @Test("who was tried is not one who cannot serve: a further try stays in its level while it can")
    func tried() {
        let levels = [0, 0, 1, 1]
        let loop = LoopPool(pool(levels), seed: 1)
        for _ in 0..<200 { #expect(loop.touch(tried: [0]) == 1) }
        #expect(Set((0..<50).compactMap { _ in loop.touch(tried: [0, 1]) }) == [2, 3])
    }

    @Test("within a level the least loaded, in turn")
    func within() {
        let pool = pool([0, 0, 0, 1])
        let loop = LoopPool(pool, seed: 1)
        _ = pool.agents[1].tryAcquire()
        #expect(Set([loop.take(), loop.take()]) == [0, 2])
        #expect(Set([loop.take(), loop.take(), loop.take()]) == [0, 1, 2])
    }
}
