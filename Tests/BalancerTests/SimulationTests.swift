import Balancer
import Settings
import Testing

/// Random lives of a pool against a plain model of it, with a sweep after every step. The seed is in every message.
@Suite("a pool, whatever happens")
struct SimulationTests {
    @Test(
        "keeps its rules through 3,000 random steps",
        arguments: Strategies.list.map { $0.name }, 1...8 as ClosedRange<UInt64>)
    func run(_ strategy: String, _ seed: UInt64) {
        var world = World(strategy, seed)
        for _ in 0..<3_000 {
            world.step()
            guard let broken = world.broken else { continue }
            Issue.record("\(strategy), seed \(seed), step \(world.steps): \(broken)")
            return
        }
    }
}

private struct World {
    private let pool: Pool
    private let loops: [LoopPool]
    private let caps: [Int]
    private var random: SplitMix64
    private var now: Int64 = 0
    private var held: [Lease] = []
    private(set) var steps = 0
    private(set) var broken: String?

    init(_ strategy: String, _ seed: UInt64) {
        random = SplitMix64(seed: seed)
        let size = 1 + random.below(seed % 2 == 0 ? 6 : 90)
        let changes = Changes()
        var agents: [Agent] = []
        for index in 0..<size {
            var settings = AgentSettings()
            settings.id = "a\(index)"
            settings.weight = random.below(8) == 0 ? 0 : 1 + random.below(200)
            settings.maxConcurrent = random.below(3) == 0 ? 1 + random.below(4) : 0
            agents.append(
                Agent(settings, kind: .llm, healthCheck: HealthCheckSettings(), state: AgentState(changes: changes)))
        }
        var balancing = LoadBalancingSettings()
        balancing.strategy = StrategyName(rawValue: strategy) ?? .adaptive
        pool = Pool(name: "simulated", agents: agents, balancing: balancing)
        loops = [LoopPool(pool, seed: seed), LoopPool(pool, seed: seed &+ 1)]
        caps = agents.map(\.cap)
    }

    mutating func step() {
        steps += 1
        let index = random.below(pool.agents.count)
        let state = pool.agents[index].state
        switch random.below(20) {
        case 0: state.publish(random.below(3) == 0 ? .down : .up, now: now)
        case 1: state.setDrained(random.below(4) == 0)
        case 2: now += Int64(random.below(15)) * second
        case 3...10: pick()
        default: finish()
        }
        sweep()
    }

    private mutating func finish() {
        guard !held.isEmpty else { return }
        var lease = held.remove(at: random.below(held.count))
        let outcomes: [Outcome] = [.success, .success, .failure(.reset), .failure(.status), .cancelled, .overloaded]
        // Some agents fail most of the time.
        let outcome = lease.agent % 3 == 0 ? .failure(.timeout) : outcomes[random.below(outcomes.count)]
        if random.below(2) == 0 { pool.answered(&lease, now) }
        let pause = random.below(6) == 0 ? Int64(random.below(30)) * second : nil
        pool.ended(lease, outcome, now, retryAfter: pause)
    }

    private mutating func pick() {
        let tried = Tried((0..<random.below(4)).map { _ in random.below(pool.agents.count) })
        let loop = loops[random.below(2)]
        let open = usable.filter { !tried.contains($0) }
        switch loop.pick(Ask(key: random.next(), now: now, tried: tried, isRepeatable: random.below(2) == 0)) {
        case .agent(let lease):
            let index = lease.agent
            held.append(lease)
            check(!tried.contains(index), "picked \(index), which was tried")
            check(usable.contains(index), "picked \(index), which is drained or of no weight")
            if !loop.isPanic { check(pool.agents[index].isEligible, "picked \(index), which is down") }
            let away = open.filter { pool.agents[$0].state.asideUntil > now }
            check(
                loop.isPanic || !tried.isEmpty || !away.contains(index), "picked \(index), which asked to be left alone"
            )
            if lease.isProbe { check(pool.agents[index].state.isOpen(now), "a probe of \(index), which is not probed") }
        case .none(.noAgents): check(members == 0, "no agents, though there are")
        case .none(.allUnavailable): check(usable.isEmpty, "all unavailable, though some could serve")
        case .none(.allTried):
            let left = open.filter { isServing($0) && !isFull($0) }
            check(left.isEmpty, "all tried, though \(left) were not")
        case .none(.allBusy):
            let left = open.filter { isServing($0) && !isFull($0) }
            check(left.isEmpty, "all busy, though \(left) are not")
        }
    }

    private mutating func sweep() {
        for (index, agent) in pool.agents.enumerated() {
            let expected = held.count { $0.agent == index }
            check(agent.state.inFlight == expected, "\(index) has \(agent.state.inFlight) in flight, not \(expected)")
            check(caps[index] == 0 || expected <= caps[index], "\(index) is over its cap")
            let until = agent.state.openUntil
            check(until == .max || until - now <= 330 * second, "\(index) is set aside for too long")
            let waiting = held.count { $0.agent == index && $0.isWaiting }
            check(agent.state.figures.waitingRequests == waiting, "\(index) has not \(waiting) waiting")
        }
    }

    private var members: Int { pool.agents.count { $0.weight > 0 } }
    /// In a panic.
    private var usable: [Int] {
        pool.agents.indices.filter { pool.agents[$0].weight > 0 && !pool.agents[$0].state.isDrained }
    }
    private func isServing(_ index: Int) -> Bool { pool.agents[index].isAvailable(now) }
    /// At the cap that slow start leaves.
    private func isFull(_ index: Int) -> Bool {
        let state = pool.agents[index].state
        let ramp = pool.slowStart.ramp(since: state.rampStart, now)
        return caps[index] > 0 && state.inFlight >= max(1, Int(Double(caps[index]) * ramp))
    }

    private mutating func check(_ holds: Bool, _ message: @autoclosure () -> String) {
        if !holds, broken == nil { broken = message() }
    }
}
