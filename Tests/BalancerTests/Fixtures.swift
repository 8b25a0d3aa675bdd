import Balancer
import Settings

/// One second and one millisecond in the unit of all times.
let second: Int64 = 1_000_000_000
let millisecond: Int64 = 1_000_000

func agents(
    _ weights: [Int], cap: Int = 0, isChecked: Bool = true, ids: [String]? = nil, changes: Changes = Changes()
) -> [Agent] {
    weights.enumerated().map { index, weight in
        var settings = AgentSettings()
        settings.id = ids?[index] ?? "agent-\(index)"
        settings.endpoint = Endpoint(.tcp(host: "10.0.0.\(index % 250)", port: 9090))
        settings.weight = weight
        settings.maxConcurrent = cap
        var health = HealthCheckSettings()
        health.enabled = isChecked
        return Agent(settings, kind: .openclaw, healthCheck: health, state: AgentState(changes: changes))
    }
}

func pool(_ weights: [Int], _ strategy: String = "round-robin", cap: Int = 0) -> Pool {
    pool(of: agents(weights, cap: cap), strategy)
}

func pool(
    of agents: [Agent], _ strategy: String = "round-robin", _ change: (inout LoadBalancingSettings) -> Void = { _ in }
) -> Pool {
    var balancing = LoadBalancingSettings()
    balancing.strategy = StrategyName(rawValue: strategy) ?? .adaptive
    change(&balancing)
    return Pool(name: "test", agents: agents, balancing: balancing)
}

extension LoopPool {
    /// The agent of a pick, which stays acquired.
    func take(key: UInt64 = 0, now: Int64 = 0, tried: [Int] = []) -> Int? {
        guard case .agent(let lease) = pick(Ask(key: key, now: now, tried: Tried(tried))) else { return nil }
        return lease.agent
    }

    /// The agent of a pick, given back at once.
    func touch(key: UInt64 = 0, now: Int64 = 0, tried: [Int] = []) -> Int? {
        guard case .agent(let lease) = pick(Ask(key: key, now: now, tried: Tried(tried))) else { return nil }
        pool.ended(lease, .cancelled, now)
        return lease.agent
    }

    func refusal(now: Int64 = 0, tried: [Int] = []) -> Refusal? {
        switch pick(Ask(key: 0, now: now, tried: Tried(tried))) {
        case .agent(let lease):
            pool.ended(lease, .cancelled, now)
            return nil
        case .none(let refusal): return refusal
        }
    }

    /// How often each agent was picked, with a key of its own for every pick.
    func counts(_ picks: Int) -> [Int] {
        var counts = [Int](repeating: 0, count: pool.agents.count)
        for pick in 0..<picks {
            if let index = touch(key: StableHash.mix(UInt64(pick))) { counts[index] += 1 }
        }
        return counts
    }
}

extension AgentState {
    /// Fails as often as it takes to be set aside once.
    func failUntilEjected(_ now: Int64, _ policy: BreakerPolicy = BreakerPolicy()) {
        for _ in 0..<max(policy.maxFails, 1) where !isOpen(now) { end(.failure(.connect), now, policy) }
    }

    /// Ends an attempt that began when it ended.
    func end(_ outcome: Outcome, _ now: Int64, _ policy: BreakerPolicy = BreakerPolicy()) {
        record(outcome, began: now, now: now, policy)
    }
}

/// A section read from JSON5, and what was wrong with it, as `severity path: message`.
func read<S: Section>(_ type: S.Type, _ text: String) throws -> (value: S, problems: [String]) {
    let node = try JSONReader.read(Array(text.utf8), source: "test.json", dialect: .json5)
    var reading = Reading()
    let value = S.decode(node, &reading)
    let problems = reading.problems.map { problem in
        "\(problem.severity) \(problem.position.text) \(problem.path): \(problem.message)"
    }
    return (value, problems)
}

extension Agent {
    /// Takes a place up to its cap, as a pick would.
    func tryAcquire() -> Bool { state.tryAcquire(cap: cap) }
}
