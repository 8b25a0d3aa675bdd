/// Tells when a crowd has gone, whose memory the allocator keeps for the next one: it is given back to the system then.
///
/// Exits: `take` answers true -> the peak begins anew, and nothing is told again for `pause`.
struct Ebb: Sendable {
    /// Fewer than these less than at the peak are not worth it.
    static let least = 256
    /// Nanoseconds that the crowd must stay away for, and between two times that memory is given back.
    static let quiet: Int64 = 3_000_000_000
    static let pause: Int64 = 10_000_000_000

    private var peak = 0
    /// Since when there have been few; nil: there are many.
    private var since: Int64?
    private var last: Int64 = .min / 2

    /// - Parameter count: of connections and requests, now.
    /// - Returns: whether memory is to be given back.
    mutating func take(_ count: Int, now: Int64) -> Bool {
        peak = max(peak, count)
        guard peak &- count >= max(Self.least, peak / 2) else {
            since = nil
            return false
        }
        let begun = since ?? now
        since = begun
        guard now &- begun >= Self.quiet, now &- last >= Self.pause else { return false }
        since = nil
        last = now
        peak = count
        return true
    }
}
