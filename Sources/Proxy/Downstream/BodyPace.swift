/// Whether a client sends the body of its request fast enough: neither silent for `timeouts.read`, nor slower on average
/// than `limits.minRate` once ten seconds have gone. Times are nanoseconds of the loop's clock.
struct BodyPace {
    /// For so long a body may be slower than it must be on average.
    static let grace: Int64 = 10_000_000_000
    private static let step: Int64 = 1_000_000_000

    /// `timeouts.read`.
    let silence: Int64
    /// Bytes a second; 0: any.
    let minRate: Int

    /// The longest that nobody has to look, for a body that has just begun or gone on.
    var firstLook: Int64 { min(silence, minRate > 0 ? Self.grace : .max) }

    /// When to look again; nil: it is too slow.
    ///
    /// - Parameters:
    ///   - began: when the body began to be waited for.
    ///   - progressed: when its last byte came.
    ///   - bytes: of it so far.
    func next(began: Int64, progressed: Int64, bytes: Int, now: Int64) -> Int64? {
        let elapsed = now - began
        if now - progressed >= silence { return nil }
        if elapsed >= Self.grace, Double(bytes) < Double(elapsed) / 1e9 * Double(minRate) { return nil }
        return min(progressed + silence, elapsed < Self.grace ? began + Self.grace : now + Self.step)
    }
}
