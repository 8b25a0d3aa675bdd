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
    private var held: [Int] = []
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
        pool = Pool(
            name: "simulated", agents: agents, strategy: StrategyName(rawValue: strategy) ?? .adaptive)
        loops = [LoopPool(pool, seed: seed), LoopPool(pool, seed: seed &+ 1)]
        caps = agents.map(\.cap)
    }

    mutating func step() {
        steps += 1
        let index = random.below(pool.agents.count)
        let state = pool.agents[index].state
        switch random.below(20) {
        case 0: state.publish(random.below(3) == 0 ? .down : .up)
        case 1: state.setDrained(random.below(4) == 0)
        case 2: now += Int64(random.below(15)) * second
        case 3...10: pick()
        default: finish()
        }
        sweep()
    }

    private mutating func finish() {
        guard !held.isEmpty else { return }
        let agent = held.remove(at: random.below(held.count))
        let outcomes: [Outcome] = [.success, .success, .failure(.reset), .failure(.status), .cancelled, .overloaded]
        // Some agents fail most of the time.
        let outcome = agent % 3 == 0 ? .failure(.timeout) : outcomes[random.below(outcomes.count)]
        pool.record(outcome, agent: agent, now: now)
        pool.agents[agent].state.release()
    }

    private mutating func pick() {
        let tried = Tried((0..<random.below(4)).map { _ in random.below(pool.agents.count) })
        let loop = loops[random.below(2)]
        let open = eligible.filter { !tried.contains($0) }
        let free = open.filter { !pool.agents[$0].state.isEjected(now) && !isFull($0) }
        switch loop.pick(Ask(key: random.next(), now: now, tried: tried)) {
        case .agent(let index):
            held.append(index)
            check(eligible.contains(index), "picked \(index), which is drained, down or of no weight")
            check(!tried.contains(index), "picked \(index), which was tried")
            let ejected = eligible.filter { pool.agents[$0].state.isEjected(now) }
            if ejected.contains(index), !loop.isPanic, ejected.count <= pool.ejection.cap(of: members) {
                check(!tried.isEmpty && free.isEmpty, "picked \(index), which is ejected, though \(free) are free")
            }
        case .none(.noAgents): check(members == 0, "no agents, though there are")
        case .none(.allUnavailable): check(eligible.isEmpty, "all unavailable, though some could serve")
        case .none(.allTried):
            let left = open.filter { !isFull($0) }
            check(left.isEmpty, "all tried, though \(left) were not")
        case .none(.allBusy):
            let left = open.filter { !pool.agents[$0].state.isEjected(now) && !isFull($0) }
            check(left.isEmpty, "all busy, though \(left) are not")
        }
    }

    private mutating func sweep() {
        for (index, agent) in pool.agents.enumerated() {
            let expected = held.count { $0 == index }
            check(agent.state.inFlight == expected, "\(index) has \(agent.state.inFlight) in flight, not \(expected)")
            check(caps[index] == 0 || expected <= caps[index], "\(index) is over its cap")
            check(agent.state.ejectedUntil - now <= 300 * second, "\(index) is ejected for too long")
        }
    }

    private var members: Int { pool.agents.count { $0.weight > 0 } }
    private var eligible: [Int] { pool.agents.indices.filter { pool.agents[$0].isEligible } }
    private func isFull(_ index: Int) -> Bool { caps[index] > 0 && pool.agents[index].state.inFlight >= caps[index] }

    private mutating func check(_ holds: Bool, _ message: @autoclosure () -> String) {
        if !holds, broken == nil { broken = message() }
    }
}
