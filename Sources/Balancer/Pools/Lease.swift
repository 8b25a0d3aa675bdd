/// A place with an agent, taken by a pick. Whoever has it tells the pool how it goes: `heldUp` and `asked` where the
/// client takes its time with the request, `answered` when the first byte of the answer comes, `ended` once.
package struct Lease: Sendable, Hashable {
    /// An index into `Pool.agents`.
    package let agent: Int
    /// Monotonic nanoseconds.
    package let started: Int64
    /// Others in flight at the agent when it was taken.
    package let others: Int32
    /// Estimated when it was taken; given back in the end.
    package let tokens: Int32
    /// It finds out whether the agent is back; until that is known.
    package internal(set) var isProbe: Bool
    /// When the agent had all of the request: what it takes to answer counts from here. Monotonic nanoseconds.
    package internal(set) var asked: Int64
    /// The agent has all of the request, and no first byte has come.
    package internal(set) var isWaiting = true
    /// The client has yet to send the rest of the request.
    package internal(set) var isHeldUp = false

    package init(agent: Int, started: Int64, others: Int32 = 0, tokens: Int32 = 0, isProbe: Bool = false) {
        self.agent = agent
        self.started = started
        asked = started
        self.others = others
        self.tokens = tokens
        self.isProbe = isProbe
    }
}
