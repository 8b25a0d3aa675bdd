import Glibc

/// How fast a queue is served: an average over about the last ten seconds in which somebody waited.
struct DrainRate: Sendable, Equatable {
    /// Nanoseconds.
    private static let tau = 10e9
    /// Without a single one served, nothing is known; this is a guess.
    private static let unknownSeconds = 5
    private static let seconds = 1...600

    private var served = 0.0
    /// Of `served`.
    private var at: Int64 = 0
    private var since: Int64 = 0

    /// Somebody waits where nobody did. What is older than a while says nothing about now.
    mutating func begin(_ now: Int64) {
        guard served == 0 || Double(now - at) > Self.tau else { return }
        served = 0
        at = now
        since = now
    }

    mutating func count(_ now: Int64) {
        served = served * exp(-Double(max(now - at, 0)) / Self.tau) + 1
        at = now
    }

    /// Seconds after which a request that has `ahead` others before it may expect its turn, for `Retry-After`.
    func retryAfter(ahead: Int, _ now: Int64) -> Int {
        let weight = served * exp(-Double(max(now - at, 0)) / Self.tau)
        guard weight > 0.01 else { return Self.unknownSeconds }
        // what the average covers: less than tau, as long as it has not run for so long
        let span = Self.tau * (1 - exp(-Double(max(now - since, 1_000_000)) / Self.tau))
        let seconds = (Double(ahead + 1) * span / weight / 1e9).rounded(.up)
        return Int(min(max(seconds, Double(Self.seconds.lowerBound)), Double(Self.seconds.upperBound)))
    }
}
