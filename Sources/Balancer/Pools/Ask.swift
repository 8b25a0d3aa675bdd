internal import Settings
/// One question for an agent.
package struct Ask: Sendable {
    /// Hash of what a client is known by, its address; the same client, the same key.
    package var key: UInt64
    /// Monotonic nanoseconds.
    package var now: Int64
    /// Agents that have had this exchange before, as indices into `Pool.agents`.
    package var tried: Tried

    package init(key: UInt64, now: Int64, tried: Tried = Tried()) {
        self.key = key
        self.now = now
        self.tried = tried
    }
}
