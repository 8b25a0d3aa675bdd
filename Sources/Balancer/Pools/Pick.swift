/// The answer to an `Ask`.
package enum Pick: Sendable, Hashable {
    /// A place with an agent is taken: `Pool.ended` gives it back.
    case agent(Lease)
    case none(Refusal)
}

/// Why there is no agent for a request.
package enum Refusal: UInt8, Sendable, CaseIterable {
    /// The pool is empty, or all its weights are 0.
    case noAgents
    /// All are down, drained or ejected.
    case allUnavailable
    /// Some could serve, but are at their caps.
    case allBusy
    /// Those that could serve have all had this exchange.
    case allTried
}
