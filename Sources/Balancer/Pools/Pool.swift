/// Agents among which a request's agent is chosen. One a generation, unless nothing in it changed.
package final class Pool: Sendable {
    /// As a target names it: `agent-1`, `pool:chat`, `tag:chat`; `*` is the pool of all.
    package let name: String
    package let agents: [Agent]
    package let strategy: StrategyName
    package let ejection: Ejection
    private let kind: AgentKind?
    let changes: Changes
    /// As many as agents, in their order. Written once, here.
    nonisolated(unsafe) let seats: UnsafeMutablePointer<Seat>

    /// The agents' states must share one `Changes`, as those of a fleet do.
    package init(
        name: String, agents: [Agent], strategy: StrategyName = .adaptive, ejection: Ejection = Ejection(),
        kind: AgentKind? = nil
    ) {
        self.name = name
        self.agents = agents
        self.strategy = strategy
        self.ejection = ejection
        self.kind = kind
        changes = agents.first?.state.changes ?? Changes()
        seats = .allocate(capacity: max(agents.count, 1))
        for (index, agent) in agents.enumerated() { (seats + index).initialize(to: Seat(agent)) }
    }

    deinit {
        seats.deinitialize(count: agents.count)
        seats.deallocate()
    }

    /// What an agent is for a request that comes through this pool: as it says itself, else as the pool says.
    package func kind(of index: Int) -> AgentKind { agents[index].settings.kind ?? kind ?? agents[index].kind }

    /// Counts how an attempt at an agent ended. The place that the pick took is given back apart: `state.release()`.
    package func record(_ outcome: Outcome, agent index: Int, now: Int64) {
        agents[index].state.record(outcome, now: now, ejection)
    }

    /// Whether nothing tells the two apart, so that loops may keep what they have for this one.
    func isSame(as other: Pool) -> Bool {
        name == other.name && strategy == other.strategy && ejection == other.ejection && kind == other.kind
            && agents.elementsEqual(other.agents, by: ===)
    }
}
