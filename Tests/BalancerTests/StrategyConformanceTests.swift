import Balancer
import Testing

/// What every strategy of the list must do, and what it may do.
@Suite("every strategy")
struct StrategyConformanceTests {
    static let all = Strategies.list.map { $0.name }
    /// Share requests out by weight, whatever is in flight.
    static let byWeight = ["weighted-round-robin", "ip-hash"]
    /// Keep requests in flight in proportion to weights.
    static let byLoad = ["least-connections", "power-of-two"]
    static let byTurn = ["round-robin", "random"]

    @Test("is known to these tests as one that heeds weights, load or neither")
    func isClassified() {
        #expect(Set(Self.all) == Set(Self.byWeight + Self.byLoad + Self.byTurn))
        #expect(Set(Strategies.names).count == Strategies.names.count)
    }

    @Test("gives equal agents equal shares, to a fiftieth", arguments: all)
    func isFair(_ strategy: String) {
        let counts = LoopPool(pool([100, 100, 100, 100], strategy), seed: 7).counts(100_000)
        #expect(counts.allSatisfy { abs($0 - 25_000) <= 500 }, "\(counts)")
    }

    @Test("leaves nobody out for long: 400 picks from 4 reach all", arguments: all)
    func starvesNobody(_ strategy: String) {
        for seed in 0..<20 as Range<UInt64> {
            let counts = LoopPool(pool([100, 100, 100, 100], strategy), seed: seed).counts(400)
            #expect(counts.allSatisfy { $0 > 0 }, "seed \(seed): \(counts)")
        }
    }

    @Test("shares by weight, to 1 % of 100,000 picks", arguments: byWeight)
    func heedsWeights(_ strategy: String) {
        let counts = LoopPool(pool([50, 30, 10, 10], strategy), seed: 3).counts(100_000)
        for (count, expected) in zip(counts, [50_000, 30_000, 10_000, 10_000]) {
            #expect(abs(count - expected) <= 1_000, "\(counts)")
        }
    }

    @Test("keeps in flight what weights say", arguments: byLoad)
    func heedsLoad(_ strategy: String) {
        let pool = pool([50, 30, 10, 10], strategy)
        let loop = LoopPool(pool, seed: 3)
        for _ in 0..<1000 { _ = loop.take() }
        for (agent, expected) in zip(pool.agents, [500, 300, 100, 100]) {
            #expect(abs(agent.state.inFlight - expected) <= 2)
        }
    }

    @Test("ignores weights", arguments: byTurn)
    func ignoresWeights(_ strategy: String) {
        let counts = LoopPool(pool([1000, 1], strategy), seed: 3).counts(10_000)
        #expect(counts.allSatisfy { abs($0 - 5_000) <= 250 }, "\(counts)")
    }

    @Test("gives nothing to weight 0", arguments: all)
    func skipsWeightZero(_ strategy: String) {
        #expect(LoopPool(pool([100, 0, 100], strategy), seed: 1).counts(1000)[1] == 0)
        #expect(LoopPool(pool([0, 0], strategy), seed: 1).refusal() == .noAgents)
    }

    @Test("stands an empty pool, and one of one", arguments: all)
    func standsFew(_ strategy: String) {
        #expect(LoopPool(pool([], strategy), seed: 1).refusal() == .noAgents)
        #expect(LoopPool(pool([100], strategy), seed: 1).counts(50) == [50])
    }

    @Test("finds nobody where all are down", arguments: all)
    func standsAllDown(_ strategy: String) {
        let pool = pool([1, 2, 3], strategy)
        let loop = LoopPool(pool, seed: 1)
        for agent in pool.agents { agent.state.publish(.down) }
        #expect(loop.refusal() == .allUnavailable)
        pool.agents[1].state.publish(.up)
        #expect(loop.counts(30) == [0, 30, 0])
    }

    @Test("finds nobody where all are at their caps, and the one that is not", arguments: all)
    func standsAllBusy(_ strategy: String) {
        let pool = pool([1, 2, 3], strategy, cap: 2)
        let loop = LoopPool(pool, seed: 1)
        for pick in 0..<6 as Range<UInt64> { #expect(loop.take(key: StableHash.mix(pick)) != nil) }
        #expect(pool.agents.map(\.state.inFlight) == [2, 2, 2])
        #expect(loop.refusal() == .allBusy)
        pool.agents[2].state.release()
        #expect(loop.take() == 2)
    }

    @Test("does not pick who was tried", arguments: all, [3, 20, 100])
    func skipsTried(_ strategy: String, _ size: Int) {
        let loop = LoopPool(pool(Array(repeating: 10, count: size), strategy), seed: 5)
        for key in 0..<200 as Range<UInt64> {
            var tried: [Int] = []
            for _ in 0..<min(size, Tried.most) {
                guard let index = loop.touch(key: StableHash.mix(key), tried: tried) else { break }
                #expect(!tried.contains(index))
                tried.append(index)
            }
            #expect(tried.count == min(size, Tried.most))
        }
    }

    @Test("refuses where all were tried", arguments: all)
    func refusesTried(_ strategy: String) {
        let pool = pool([10, 10, 10], strategy, cap: 1)
        let loop = LoopPool(pool, seed: 5)
        #expect(loop.refusal(tried: [0, 1, 2]) == .allTried)
        pool.agents[2].state.publish(.down)
        #expect(loop.refusal(tried: [0, 1]) == .allTried)
        #expect(pool.agents[1].tryAcquire())
        #expect(loop.refusal(tried: [0]) == .allBusy)
    }

    @Test("does the same again for the same seed", arguments: all)
    func isDeterministic(_ strategy: String) {
        func sequence() -> [Int?] {
            let loop = LoopPool(pool(Array(1...20), strategy), seed: 42)
            return (0..<1000).map { loop.touch(key: UInt64($0), tried: [$0 % 20]) }
        }
        #expect(sequence() == sequence())
    }

    @Test("uses every agent of a large pool, across all words of its bits", arguments: all)
    func spansWords(_ strategy: String) {
        let loop = LoopPool(pool(Array(repeating: 10, count: 130), strategy), seed: 9)
        #expect(loop.counts(130 * 50).allSatisfy { $0 > 0 })
    }
}
