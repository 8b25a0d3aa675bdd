internal import Balancer
internal import Synchronization

/// What operators set by hand on agents: drained, or another weight. The agents' states have it in force; here is since
/// when, and it is kept for those that vanish and come back.
///
/// It outlives reloads and patches, and for `memory` the absence of an agent; a restart forgets it.
final class AgentsByHand: Sendable {
    struct Setting: Sendable, Equatable {
        /// Unix milliseconds.
        var drainedSince: Int64?
        var weight: Int?
        var weightSince: Int64?
        /// Since when nobody of this id and endpoint is there.
        fileprivate var goneSince: Int64?

        fileprivate var isEmpty: Bool { drainedSince == nil && weight == nil }
    }

    /// An agent is who it is by its id and where it serves.
    private struct Place: Hashable {
        var id: String
        var endpoint: Endpoint

        init(_ agent: Agent) {
            id = agent.id
            endpoint = agent.endpoint
        }
    }

    /// Milliseconds for which an agent that vanished is remembered.
    static let memory: Int64 = 600_000

    private let book = Mutex<[Place: Setting]>([:])

    init() {}

    func setting(of agent: Agent) -> Setting? { book.withLock { $0[Place(agent)] } }

    // MARK: what operators do

    /// One that is put back is taken to be well: its breaker closes, whatever it has found.
    ///
    /// - Parameters:
    ///   - now: monotonic nanoseconds.
    ///   - wall: Unix milliseconds.
    func setDrained(_ agent: Agent, _ value: Bool, now: Int64, wall: Int64) {
        change(agent) { $0.drainedSince = value ? $0.drainedSince ?? wall : nil }
        agent.state.setDrained(value, now: now)
        if !value { agent.state.closeBreaker(now) }
    }

    /// Nil: the configured one again.
    func setWeight(_ agent: Agent, _ value: Int?, wall: Int64) {
        change(agent) {
            $0.weight = value
            $0.weightSince = value == nil ? nil : wall
        }
        agent.state.setHandWeight(value)
    }

    private func change(_ agent: Agent, _ body: (inout Setting) -> Void) {
        book.withLock { book in
            var setting = book[Place(agent)] ?? Setting()
            body(&setting)
            book[Place(agent)] = setting.isEmpty ? nil : setting
        }
    }

    // MARK: generations

    /// Puts it on the agents of a fleet that nobody uses yet: those that are new in it have states of their own.
    func carry(to fleet: Fleet) {
        let book = book.withLock { $0 }
        guard !book.isEmpty else { return }
        for agent in fleet.agents {
            guard let setting = book[Place(agent)] else { continue }
            if setting.drainedSince != nil, !agent.state.isDrained { agent.state.setDrained(true) }
            if let weight = setting.weight, agent.state.handWeight != weight { agent.state.setHandWeight(weight) }
        }
    }

    /// This fleet runs now. Who is not in it is remembered for a while.
    func note(_ fleet: Fleet, wall: Int64) {
        book.withLock { book in
            guard !book.isEmpty else { return }
            let here = Set(fleet.agents.map { Place($0) })
            for (place, setting) in book {
                let since = here.contains(place) ? nil : setting.goneSince ?? wall
                book[place]?.goneSince = since
                if let since, wall - since > Self.memory { book[place] = nil }
            }
        }
    }
}
