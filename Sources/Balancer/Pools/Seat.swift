import Synchronization

/// An agent as a pick of one loop sees it: plain values and a pointer, so that a pick retains nothing.
///
/// Valid as long as the `LoopPool` whose seat it is. What may change is renewed when the pool is looked at again.
package struct Seat {
    /// At least 1 for every agent that a strategy is offered.
    package internal(set) var weight: Int
    /// Of the agent's id: where it stands does not matter.
    package let hash: UInt64
    /// Its level; 0 serves first.
    package let priority: Int
    /// In flight at most; slow start holds it down. 0: no cap.
    package internal(set) var cap: Int
    /// How much of its share it may have, above 0 to 1; the pick sees to it.
    var ramp = 1.0
    let configuredCap: Int
    package let figures: UnsafeMutablePointer<AgentFigures>
    package let state: Unmanaged<AgentState>

    /// Where the pool asks for it; the pool keeps it.
    private let limit: Unmanaged<AgentConcurrency>?

    init(_ agent: Agent, limit: AgentConcurrency? = nil) {
        self.limit = limit.map { .passUnretained($0) }
        weight = agent.effectiveWeight
        hash = StableHash.of(agent.id)
        priority = agent.priority
        configuredCap = agent.cap
        cap = agent.cap
        figures = agent.state.figurePointer
        state = .passUnretained(agent.state)
    }

    @inline(__always)
    package var inFlight: Int { figures.pointee.inFlight.load(ordering: .relaxed) }

    @inline(__always)
    var isBusy: Bool {
        let bound = bound
        return bound > 0 && inFlight >= bound
    }

    /// In flight at most, now: the cap, or what answers have shown to be enough, whichever is less. 0: no bound.
    @inline(__always)
    var bound: Int {
        guard let limit else { return cap }
        let found = max(1, Int(Double(limit._withUnsafeGuaranteedRef { $0.limit }) * ramp))
        return cap > 0 ? min(cap, found) : found
    }
}
