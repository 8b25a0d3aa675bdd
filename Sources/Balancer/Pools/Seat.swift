import Synchronization

/// An agent as a pick sees it: plain values and a pointer, so that a pick retains nothing.
///
/// Valid as long as the pool whose seat it is.
package struct Seat {
    /// At least 1 for every agent that a strategy is offered.
    package let weight: Int
    /// Of the agent's id: where it stands does not matter.
    package let hash: UInt64
    let cap: Int
    let counters: UnsafeMutablePointer<AgentCounters>

    init(_ agent: Agent) {
        weight = agent.weight
        hash = StableHash.of(agent.id)
        cap = agent.cap
        counters = agent.state.counters
    }

    @inline(__always)
    package var inFlight: Int { counters.pointee.inFlight.load(ordering: .relaxed) }

    @inline(__always)
    var isBusy: Bool { cap > 0 && inFlight >= cap }
}
