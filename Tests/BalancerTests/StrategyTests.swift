import Balancer
import Settings
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
        pool.agents[0].state.publish(.down, now: 0)
        let counts = loop.counts(5000)
        #expect(counts[0] == 0)
        #expect(abs(counts[1] - 3000) <= 10 && abs(counts[2] - 2000) <= 10, "\(counts)")
    }

    @Test("round-robin: an agent that is out leaves its turns to all, not to its neighbour")
    func turns() {
        let pool = pool([1, 1, 1, 1])
        let loop = LoopPool(pool, seed: 1)
        pool.agents[1].state.publish(.down, now: 0)
        #expect(loop.counts(3000) == [1000, 0, 1000, 1000])
    }

    @Test("random: who is left is as likely as any other, however few are left")
    func uniform() {
        let agents = agents(Array(repeating: 1, count: 200))
        for (index, agent) in agents.enumerated() where ![3, 70, 199].contains(index) { agent.state.setDrained(true) }
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

    @Test("weighted-round-robin: of more than 16 each comes at even distances", arguments: 1...5 as ClosedRange<UInt64>)
    func smoothOfMany(_ seed: UInt64) {
        let weights = weights(60, seed: seed)
        let sum = Double(weights.reduce(0, +))
        let loop = LoopPool(pool(weights, "weighted-round-robin"), seed: seed)
        var last = [Int?](repeating: nil, count: 60)
        for pick in 0..<20_000 {
            guard let index = loop.touch() else { return }
            let distance = sum / Double(weights[index])
            // A turn may be late by as many as are due at the same moment.
            if let before = last[index] { #expect(Double(pick - before) < distance * 2 + 15, "\(weights[index])") }
            last[index] = pick
        }
    }

    @Test("weighted-round-robin: of more than 16, one that was away is not owed the turns of that time")
    func away() {
        let pool = pool(Array(repeating: 100, count: 50), "weighted-round-robin")
        let loop = LoopPool(pool, seed: 1)
        _ = loop.counts(500)
        pool.agents[7].state.setDrained(true)
        #expect(loop.counts(5000)[7] == 0)
        pool.agents[7].state.setDrained(false)
        let counts = loop.counts(500)
        #expect((9...11).contains(counts[7]) && counts.allSatisfy { (9...11).contains($0) })
    }

    @Test("weighted-round-robin: of more than 16 with few left, these share by weight", arguments: [1, 2, 5, 30])
    func fewOfMany(_ left: Int) {
        let weights = Array(1...100)
        let pool = pool(weights, "weighted-round-robin")
        for agent in pool.agents.dropLast(left) { agent.state.setDrained(true) }
        let counts = LoopPool(pool, seed: 1).counts(10_000)
        let sum = weights.suffix(left).reduce(0, +)
        for (count, weight) in zip(counts, weights).suffix(left) {
            #expect(abs(Double(count) - 10_000 * Double(weight) / Double(sum)) <= 3)
        }
    }

    @Test(
        "strategies are found under the names that others give them",
        arguments: [
            ("least_connections", "least-connections"),
            ("least_requests", "least-connections"), ("Weighted Round Robin", "weighted-round-robin"),
            ("random_two_choices", "power-of-two"), ("p2c", "power-of-two"), ("least_response_time", "least-time"),
            ("least-latency", "least-time"), ("ewma", "peak-ewma"), ("consistent_hash", "ring"), ("ketama", "ring"),
            ("ipHash", "ip-hash"), ("source", "ip-hash"), ("sessionAffinity", "session-affinity"),
            ("sticky-sessions", "sticky"), ("weighted_random", "weighted-random"), ("least_tokens", "least-tokens"),
        ])
    func spellings(_ written: String, _ meant: String) throws {
        let (value, problems) = try read(LoadBalancingSettings.self, "{strategy: '\(written)'}")
        #expect(problems.isEmpty && value.strategy.rawValue == meant)
    }
}
