import Balancer
import Testing

@Suite("single strategies")
struct StrategyTests {
    @Test("weighted-round-robin: 5, 1, 1 is a a b a c a a, from the second pick on, over and over")
    func smooth() {
        for seed in 0..<10 as Range<UInt64> {
            let loop = LoopPool(pool([5, 1, 1], "weighted-round-robin"), seed: seed)
            _ = loop.touch()
            #expect((0..<14).compactMap { _ in loop.touch() } == [0, 0, 1, 0, 2, 0, 0, 0, 0, 1, 0, 2, 0, 0])
        }
    }

    @Test("weighted-round-robin: the first pick is drawn by weight, so that loops do not all begin alike")
    func firstPick() {
        var counts = [0, 0, 0]
        for seed in 0..<7000 as Range<UInt64> {
            let loop = LoopPool(pool([5, 1, 1], "weighted-round-robin"), seed: seed)
            if let index = loop.touch() { counts[index] += 1 }
        }
        for (count, expected) in zip(counts, [5000, 1000, 1000]) { #expect(abs(count - expected) < 150, "\(counts)") }
    }

    @Test("weighted-round-robin: shares stay exact among those that are left")
    func smoothWithoutOne() {
        let pool = pool([5, 3, 2], "weighted-round-robin")
        let loop = LoopPool(pool, seed: 1)
        _ = loop.counts(101)
        pool.agents[0].state.publish(.down)
        let counts = loop.counts(5000)
        #expect(counts[0] == 0)
        #expect(abs(counts[1] - 3000) <= 10 && abs(counts[2] - 2000) <= 10, "\(counts)")
    }

    @Test("round-robin: an agent that is out leaves its turns to all, not to its neighbour")
    func turns() {
        let pool = pool([1, 1, 1, 1])
        let loop = LoopPool(pool, seed: 1)
        pool.agents[1].state.publish(.down)
        #expect(loop.counts(3000) == [1000, 0, 1000, 1000])
    }

    @Test("random: who is left is as likely as any other, however few are left")
    func uniform() {
        let agents = agents(Array(repeating: 1, count: 200))
        for agent in agents { agent.state.publish(.down) }
        for index in [3, 70, 199] { agents[index].state.publish(.up) }
        let counts = LoopPool(pool(of: agents, "random"), seed: 11).counts(30_000)
        for index in [3, 70, 199] { #expect(abs(counts[index] - 10_000) < 400) }
    }

    @Test("least-connections: the one with fewest; equals in turn")
    func least() {
        let pool = pool([100, 100, 100], "least-connections")
        let loop = LoopPool(pool, seed: 1)
        for _ in 0..<5 { _ = pool.agents[0].tryAcquire() }
        _ = pool.agents[2].tryAcquire()
        #expect(loop.take() == 1)
        #expect(Set([loop.take(), loop.take()]) == [1, 2])
        #expect(loop.counts(100)[0] == 0)
    }

    @Test("least-connections: the request itself counts, so idle agents are taken by weight")
    func idle() {
        let pool = pool([50, 100], "least-connections")
        let loop = LoopPool(pool, seed: 1)
        #expect(loop.counts(100) == [0, 100])
        #expect((0..<6).compactMap { _ in loop.take() }.count { $0 == 1 } == 4)
    }

    @Test("power-of-two: two agents are looked at both, always")
    func fewAreScanned() {
        let pool = pool([100, 100], "power-of-two")
        _ = pool.agents[0].tryAcquire()
        #expect(LoopPool(pool, seed: 1).counts(1000) == [0, 1000])
    }

    @Test("power-of-two: among many the busiest gets nothing, and loads stay near each other")
    func manyAreDrawn() {
        let pool = pool(Array(repeating: 100, count: 40), "power-of-two")
        for _ in 0..<1000 { _ = pool.agents[0].tryAcquire() }
        let loop = LoopPool(pool, seed: 1)
        for _ in 0..<39 * 50 { #expect(loop.take() != 0) }
        let loads = pool.agents.dropFirst().map(\.state.inFlight)
        #expect((loads.max() ?? 0) - (loads.min() ?? 0) <= 10, "\(loads)")
    }
}

@Suite("ip-hash")
struct IPHashTests {
    private let keys = (0..<10_000 as Range<UInt64>).map(StableHash.mix)

    private func owners(_ pool: Pool, seed: UInt64 = 1) -> [String] {
        let loop = LoopPool(pool, seed: seed)
        return keys.map { loop.touch(key: $0).map { pool.agents[$0].id } ?? "" }
    }

    @Test("when an agent leaves, its clients alone move; when it is back, so are they", arguments: [[100], [100, 30]])
    func moves(_ pattern: [Int]) {
        let pool = pool((0..<10).map { pattern[$0 % pattern.count] }, "ip-hash")
        let before = owners(pool)
        pool.agents[4].state.publish(.down)
        let without = owners(pool)
        for (old, new) in zip(before, without) where old != "agent-4" { #expect(old == new) }
        #expect(!without.contains("agent-4"))
        // Its clients spread over all others.
        let heirs = Set(zip(before, without).filter { $0.0 == "agent-4" }.map { $0.1 })
        #expect(heirs.count == 9)
        pool.agents[4].state.publish(.up)
        #expect(owners(pool) == before)
    }

    @Test("the order of agents, the loop and its seed do not matter")
    func order() {
        let ids = (0..<10).map { "agent-\($0)" }
        let forward = pool(of: agents(Array(repeating: 7, count: 10), ids: ids), "ip-hash")
        let backward = pool(of: agents(Array(repeating: 7, count: 10), ids: ids.reversed()), "ip-hash")
        #expect(owners(forward, seed: 1) == owners(backward, seed: 2))
    }

    @Test("a greater weight draws clients, and takes none from one unchanged agent to another")
    func weights() {
        let before = owners(pool([100, 100, 100], "ip-hash"))
        let after = owners(pool([100, 200, 100], "ip-hash"))
        for (old, new) in zip(before, after) where old != new { #expect(new == "agent-1") }
        #expect(abs(after.count { $0 == "agent-1" } - 5000) < 200)
    }

    @Test("a client whose agent is at its cap goes to its next one, and comes back")
    func overflow() {
        let pool = pool([1, 1, 1], "ip-hash", cap: 1)
        let loop = LoopPool(pool, seed: 1)
        let owner = loop.take(key: 99)
        let next = loop.touch(key: 99)
        #expect(owner != nil && next != nil && owner != next)
        pool.agents[owner ?? 0].state.release()
        #expect(loop.touch(key: 99) == owner)
    }
}
