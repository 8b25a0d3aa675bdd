import Balancer
import Settings

/// A request on its way through the simulation.
struct SimulatedRequest {
    enum Phase {
        /// In an agent, before its first byte.
        case working
        case streaming
        /// There is nobody to connect to.
        case refused
        /// Answered at once, with 503.
        case rejected
    }

    let arrived: Int64
    var phase = Phase.working
    var proxy: Int32 = 0
    var loop: Int32 = 0
    var tokens: Int32 = 0
    /// Changes with every plan, so that plans which no longer hold are known.
    var turn: Int32 = 0
    var key: UInt64 = 0
    /// Seconds at full speed.
    var left = 0.0
    var stream = 0.0
    var since: Int64 = 0
    var tried = Tried()
    var lease = Lease(agent: 0, started: 0)

    init(arrived: Int64) { self.arrived = arrived }
}

/// A proxy: the balancer as it is, with figures of its own of the agents that all proxies share.
final class SimulatedProxy {
    private let pool: Pool
    private let loops: [LoopPool]

    init(_ scenario: Scenario, strategy: String, seed: UInt64) {
        let changes = Changes()
        let agents = scenario.speeds.indices.map { index in
            var settings = AgentSettings()
            settings.id = "agent-\(index)"
            var health = HealthCheckSettings()
            health.enabled = false
            return Agent(settings, kind: .llm, healthCheck: health, state: AgentState(changes: changes))
        }
        var balancing = LoadBalancingSettings()
        balancing.strategy = StrategyName(rawValue: strategy) ?? .adaptive
        let pool = Pool(name: "simulated", agents: agents, balancing: balancing)
        self.pool = pool
        loops = (0..<scenario.loops).map { LoopPool(pool, seed: seed &+ UInt64($0)) }
    }

    func pick(_ request: SimulatedRequest, _ now: Int64) -> Lease? {
        let ask = Ask(key: request.key, now: now, tried: request.tried, tokens: Int(request.tokens))
        guard case .agent(let lease) = loops[Int(request.loop)].pick(ask) else { return nil }
        return lease
    }

    /// With an agent that somebody else has chosen.
    func place(_ agent: Int, _ now: Int64) -> Lease? {
        pool.agents[agent].state.tryAcquire(cap: 0) ? Lease(agent: agent, started: now) : nil
    }

    func answered(_ lease: inout Lease, _ now: Int64, isError: Bool = false) {
        pool.answered(&lease, now, isError: isError)
    }

    func ended(_ lease: Lease, _ outcome: Outcome, _ now: Int64) { pool.ended(lease, outcome, now) }

    func read(_ agent: Int, cpu: Double, queue: Double, every: Int64, _ now: Int64) {
        let report = LoadReport(cpu: cpu, queueDepth: queue)
        pool.agents[agent].state.report(report, from: .prometheus, period: every, now: now)
    }
}
