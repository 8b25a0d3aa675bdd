/// One question for an agent.
package struct Ask: Sendable {
    /// Hash of what decides for strategies that go by it: a session, a client's address; the same, the same key.
    package var key: UInt64
    /// Monotonic nanoseconds.
    package var now: Int64
    /// Agents that have had this exchange before, as indices into `Pool.agents`.
    package var tried: Tried
    /// What the request is estimated to cost; 0: nobody knows.
    package var tokens: Int
    /// Whether it can be sent again if the agent fails: such a request may find out whether an agent is back.
    package var isRepeatable: Bool
    /// The agent that it is bound to, as an index into `Pool.agents`; -1: none.
    package var pinned: Int32

    /// Whether it belongs to a session: then `key` and `pinned` decide, whatever the pool's strategy.
    package var isBound = false
    /// Whether agents that do not seem to serve may be asked, where too few are left.
    package var allowsPanic = true

    package init(
        key: UInt64, now: Int64, tried: Tried = Tried(), tokens: Int = 0, isRepeatable: Bool = true,
        pinned: Int32 = -1
    ) {
        self.key = key
        self.now = now
        self.tried = tried
        self.tokens = tokens
        self.isRepeatable = isRepeatable
        self.pinned = pinned
    }
}
