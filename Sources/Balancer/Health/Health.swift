/// What an agent's health checks say.
package enum Health: UInt8, Sendable, CaseIterable {
    /// Nobody has asked yet, or nobody asks: it is taken to be well.
    case unknown
    case up
    case down
}
