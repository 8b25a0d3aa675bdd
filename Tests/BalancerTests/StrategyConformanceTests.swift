import Balancer
import Testing

/// What every strategy of the list must do, and what it may do.
@Suite("every strategy")
struct StrategyConformanceTests {
    static let all = Strategies.list.map { $0.name }
    /// Share requests out by weight, whatever is in flight: exactly, as exactly as chance does, or about.
    static let inTurn = ["weighted-round-robin", "load-report"]
    static let byChance = [
        "weighted-random", "ip-hash", "hash", "rendezvous", "maglev", "session-affinity",
    ]
    static let roughly = ["ring"]
    /// Keep requests in flight in proportion to weights, as long as nothing else is known of the agents.
    static let byLoad = [
        "least-connections", "power-of-two", "least-time", "peak-ewma", "least-tokens", "sticky", "priority",
        "adaptive",
    ].filter(all.contains)
    /// Heed no weight.
    static let evenly = ["round-robin", "random"]
    /// Have a favourite.
    static let favouring = ["first"]
    static let sharing = all.filter { !favouring.contains($0) }
    static let byWeight = inTurn + byChance

    @Test("is known to these tests as one that heeds weights, load or neither")
    func isClassified() {
        #expect(
            Set(Self.all) == Set(Self.byWeight + Self.roughly + Self.byLoad + Self.evenly + Self.favouring))
    }

    @Test("has a name and spellings that mean nothing else")
    func isNamed() {
        var seen: Set<String> = []
        for strategy in Strategies.list {
            for name in [strategy.name] + strategy.spellings { #expect(seen.insert(name).inserted, "\(name)") }
            #expect(
                StrategyName.spellings.filter { $0.value.rawValue == strategy.name }.count == strategy.spellings.count)
        }
    }

    // MARK: Shares

    @Test("gives equal agents equal shares: a fiftieth more or less, a ring a third", arguments: sharing)
    func isFair(_ strategy: String) {
        let counts = LoopPool(pool([100, 100, 100, 100], strategy), seed: 7).counts(100_000)
        let bound = Self.roughly.contains(strategy) ? 8_000 : 500
        #expect(counts.allSatisfy { abs($0 - 25_000) <= bound }, "\(counts)")
    }

    @Test("leaves nobody out for long: 400 picks from 4 reach all", arguments: sharing)
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

    @Test("shares by any weights: one that throws dice within 5 deviations", arguments: byChance, [5, 40])
    func heedsAnyWeights(_ strategy: String, _ size: Int) {
        for seed in 0..<3 as Range<UInt64> {
            let weights = weights(size, seed: seed)
            let sum = Double(weights.reduce(0, +))
            let counts = LoopPool(pool(weights, strategy), seed: seed).counts(100_000)
            for (count, weight) in zip(counts, weights) {
                let share = Double(weight) / sum
                // A place of Maglev's table is a 65,537th of everything.
                let bound = 5 * (100_000 * share * (1 - share)).squareRoot() + 2
                #expect(abs(Double(count) - 100_000 * share) <= bound, "seed \(seed): \(weights) \(counts)")
            }
        }
    }

    @Test("one that goes in turn is never more than two picks from its share, over any stretch", arguments: inTurn)
    func isNeverUnfair(_ strategy: String) {
        for (size, seed) in [(3, 1), (16, 2), (17, 3), (100, 4), (100, 5)] as [(Int, UInt64)] {
            let weights = weights(size, seed: seed)
            let sum = Double(weights.reduce(0, +))
            let loop = LoopPool(pool(weights, strategy), seed: seed)
            var counts = [Int](repeating: 0, count: size)
            var worst = 0.0
            for picks in 1...20_000 {
                if let index = loop.touch() { counts[index] += 1 }
                guard picks % 7 == 0 else { continue }
                worst = max(
                    worst, most(zip(counts, weights).map { abs(Double($0) - Double(picks) * Double($1) / sum) }))
            }
            #expect(worst <= 2, "\(size) agents, seed \(seed)")
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

    @Test("ignores weights", arguments: evenly)
    func ignoresWeights(_ strategy: String) {
        let counts = LoopPool(pool([1000, 1], strategy), seed: 3).counts(10_000)
        #expect(counts.allSatisfy { abs($0 - 5_000) <= 250 }, "\(counts)")
    }

    @Test("heeds a weight that an operator sets, as soon as it is set", arguments: byWeight)
    func heedsHands(_ strategy: String) {
        for size in [4, 40] {
            let pool = pool(Array(repeating: 100, count: size), strategy)
            let loop = LoopPool(pool, seed: 3)
            _ = loop.counts(size * 10)
            for (hand, part) in [(50, 0.5), (300, 3), (0, 0)] as [(Int, Double)] {
                pool.agents[1].state.setHandWeight(hand)
                let share = part / (Double(size) - 1 + part)
                let counts = loop.counts(20_000)
                let bound = 5 * (20_000 * share).squareRoot() + 3
                #expect(abs(Double(counts[1]) - 20_000 * share) <= bound, "\(size), \(hand): \(counts)")
            }
            pool.agents[1].state.setHandWeight(nil)
            #expect(loop.counts(size * 100)[1] > 0)
        }
    }

    @Test("serves with an agent that had no weight until an operator gave it one", arguments: all)
    func heedsNewWeight(_ strategy: String) {
        let pool = pool([100, 0], strategy)
        let loop = LoopPool(pool, seed: 1)
        #expect(loop.counts(50) == [50, 0])
        pool.agents[1].state.setHandWeight(100)
        pool.agents[0].state.publish(.down, now: 0)
        #expect(loop.counts(50) == [0, 50])
    }

    // MARK: Who is there

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
        for agent in pool.agents { agent.state.publish(.down, now: 0) }
        let ask = {
            var ask = Ask(key: 0, now: 0); ask.allowsPanic = false; return ask
        }()
        #expect(loop.pick(ask) == .none(.allUnavailable))
        pool.agents[1].state.publish(.up, now: 0)
        #expect(loop.pick(ask) == .agent(Lease(agent: 1, started: 0)))
    }

    @Test("finds the one of many that is up", arguments: all)
    func findsTheOne(_ strategy: String) {
        let pool = pool(Array(repeating: 10, count: 200), strategy)
        for agent in pool.agents.dropFirst(100) { agent.state.publish(.down, now: 0) }
        for agent in pool.agents.prefix(100) where agent.id != "agent-77" { agent.state.setDrained(true) }
        let loop = LoopPool(pool, seed: 1)
        for key in 0..<100 as Range<UInt64> {
            var ask = Ask(key: StableHash.mix(key), now: 0)
            ask.allowsPanic = false
            guard case .agent(let lease) = loop.pick(ask) else {
                Issue.record("nobody")
                return
            }
            #expect(lease.agent == 77)
        }
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
        pool.agents[2].state.publish(.down, now: 0)
        #expect(loop.refusal(tried: [0, 1]) == .allTried)
        #expect(pool.agents[1].tryAcquire())
        #expect(loop.refusal(tried: [0]) == .allBusy)
    }

    @Test("does the same again for the same seed", arguments: all)
    func isDeterministic(_ strategy: String) {
        func sequence(_ seed: UInt64) -> [Int?] {
            let loop = LoopPool(pool(Array(1...20), strategy), seed: seed)
            return (0..<1000).map { loop.touch(key: UInt64($0), tried: [$0 % 20]) }
        }
        for seed in 40..<45 as Range<UInt64> { #expect(sequence(seed) == sequence(seed)) }
    }

    @Test("uses every agent of a large pool, across all words of its bits", arguments: sharing)
    func spansWords(_ strategy: String) {
        let loop = LoopPool(pool(Array(repeating: 10, count: 130), strategy), seed: 9)
        let counts = loop.counts(130 * 50)
        #expect(counts.allSatisfy { $0 > 0 })
    }
}
