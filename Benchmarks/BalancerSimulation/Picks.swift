import Balancer
import Settings

/// How long a pick takes: nanoseconds for each strategy and size of the pool, one loop, nobody else.
///
/// All agents are usable, and every pick is answered and ended at once: what is measured is the strategy, and some 60 ns
/// of counting that are the same for all of them.
enum Picks {
    static let sizes = [4, 16, 100, 1000]

    static func run(picks: Int = 1_000_000) {
        print("ns a pick, agents:      " + sizes.map { right("\($0)", 9) }.joined())
        for strategy in Strategies.list {
            print(left(strategy.name, 24) + sizes.map { right("\(measure(strategy.name, $0, picks))", 9) }.joined())
        }
    }

    private static func measure(_ strategy: String, _ size: Int, _ picks: Int) -> Int {
        var balancing = LoadBalancingSettings()
        balancing.strategy = StrategyName(rawValue: strategy) ?? .adaptive
        let pool = Pool(name: strategy, agents: agents(size), balancing: balancing)
        let loop = LoopPool(pool, seed: 1)
        _ = time(loop, picks / 20)
        return (0..<3).map { _ in time(loop, picks / 5) }.min() ?? 0
    }

    /// Uneven weights, some requests in flight, and answers of different speeds, so that no branch is always the same.
    private static func agents(_ size: Int) -> [Agent] {
        let changes = Changes()
        return (0..<size).map { index in
            var settings = AgentSettings()
            settings.id = "agent-\(index)"
            settings.weight = 50 + index % 5 * 50
            settings.priority = index % 2
            let agent = Agent(settings, kind: .llm, healthCheck: .init(), state: AgentState(changes: changes))
            for _ in 0..<index % 3 { _ = agent.state.tryAcquire(cap: 0) }
            return agent
        }
    }

    private static func time(_ loop: LoopPool, _ picks: Int) -> Int {
        let clock = ContinuousClock()
        var now: Int64 = 1_000_000_000
        let took = clock.measure {
            for pick in 0..<picks {
                now += 10_000
                guard case .agent(var lease) = loop.pick(Ask(key: StableHash.mix(UInt64(pick)), now: now)) else {
                    continue
                }
                loop.pool.answered(&lease, now + 100_000 + Int64(lease.agent) * 1000)
                loop.pool.ended(lease, .success, now + 200_000)
            }
        }
        return Int(took / .nanoseconds(1)) / max(picks, 1)
    }

    private static func left(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(width - text.count, 0))
    }

    private static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(width - text.count, 0)) + text
    }
}
