/// What a kept answer must remember to be judged later: made from its head, never changed, plain numbers and bytes.
package struct StoredFacts: Sendable, Equatable {
    package var status = 200
    /// When the request went out and when the head of the answer came; wall-clock milliseconds since 1970.
    package var requested: Int64 = 0
    package var received: Int64 = 0
    /// Seconds: `corrected_initial_age` of RFC 9111 4.2.3.
    package var initialAge: Int64 = 0
    /// Seconds for which it is fresh, counted from age 0.
    package var lifetime: Int64 = 0
    /// The lifetime was guessed from `Last-Modified` (RFC 9111 4.2.2).
    package var isHeuristic = false
    /// The answer itself stated its lifetime.
    package var hasExplicitLifetime = false
    /// Seconds after its end of life for which it may be served while a new one is fetched (RFC 5861 3); 0: never.
    package var staleWhileRevalidate: Int64 = 0
    /// Seconds after its end of life for which it may stand in for a failure (RFC 5861 4); 0: never.
    package var staleIfError: Int64 = 0
    /// Never served stale: `must-revalidate`, `proxy-revalidate`, `s-maxage` (RFC 9111 4.2.4).
    package var mustRevalidate = false
    /// `no-cache`: never served unless the agent just confirmed it.
    package var alwaysRevalidate = false
    package var immutable = false
    /// With its quotes, and `W/` where that stands; empty where there is none.
    package var etag: [UInt8] = []
    /// Seconds since 1970.
    package var lastModified: Int64?
    /// Seconds since 1970: its `Date`, or when it came.
    package var date: Int64 = 0
    /// Lower-case names of the request fields that it varies by, sorted.
    package var vary: [[UInt8]] = []
    /// What it can be removed by: `Cache-Tag` and `Surrogate-Key`.
    package var tags: [[UInt8]] = []

    package init() {}

    /// Seconds: `current_age` of RFC 9111 4.2.3.
    @inline(__always)
    package func age(_ now: Int64) -> Int64 {
        let resident = now > received ? (now &- received) / 1000 : 0
        return min(DeltaSeconds.longest, initialAge &+ resident)
    }

    /// Seconds that are left of its life; 0 or less: stale, for so long.
    @inline(__always)
    package func freshFor(_ now: Int64) -> Int64 { lifetime &- age(now) }

    /// The agent can be asked whether it still holds.
    package var hasValidator: Bool { !etag.isEmpty || lastModified != nil }

    /// The last moment, wall-clock milliseconds, at which this can be of any use: fresh, stale by its own leave, or,
    /// when it has a validator, confirmed by the agent within `validated` seconds after that.
    package func usefulUntil(validated: Int64) -> Int64 {
        let leave = max(staleWhileRevalidate, staleIfError)
        let beyond = hasValidator ? max(leave, validated) : leave
        return received &+ max(0, lifetime &- initialAge &+ beyond) &* 1000
    }
}
