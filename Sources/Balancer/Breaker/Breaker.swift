/// The circuit breaker of one agent: sets it aside while it fails, and lets it back in by one probe.
///
/// Times are nanoseconds of a monotonic clock. It counts no requests: whoever keeps it tells it what they came to.
package struct Breaker: Sendable, Equatable {
    package enum State: Sendable, Equatable {
        /// In use. Too many errors of the window, or failures in a row: `open`.
        case closed
        /// Set aside. A probe after `until`: `probing`. A success of a request that began since: `closed`.
        case open(since: Int64, until: Int64)
        /// One request is on its way to find out. Success: `closed`. Failure: `open`, for longer. Given up without an
        /// answer: back to `open`, whose time is over, so that the next request is the probe.
        case probing(since: Int64, until: Int64)
    }

    package private(set) var state = State.closed
    /// How often it opened without a whole quiet cooldown between: the n-th time lasts n times as long.
    package private(set) var openings = 0
    /// When it was last closed; `.min` before it ever opened.
    private var closedAt = Int64.min

    package init() {}

    /// An attempt failed, or was refused. `isTooMuch`: what has been counted passes the policy's bounds. Answers whether
    /// the breaker has opened by it.
    package mutating func failed(_ now: Int64, isTooMuch: Bool, _ policy: BreakerPolicy, _ random: UInt64) -> Bool {
        guard state == .closed, isTooMuch else { return false }
        let isQuiet = closedAt != .min && now &- closedAt >= policy.cooldown &* 2
        open(now, isQuiet ? 1 : openings + 1, policy, random)
        return true
    }

    /// The time of an open breaker is over, and a request may find out: true for the one that may.
    package mutating func takeProbe(_ now: Int64) -> Bool {
        guard case .open(let since, let until) = state, now >= until else { return false }
        state = .probing(since: since, until: until)
        return true
    }

    /// The probe has ended. Answers whether the breaker has closed by it.
    package mutating func probed(_ outcome: Probed, _ now: Int64, _ policy: BreakerPolicy, _ random: UInt64) -> Bool {
        guard case .probing(let since, let until) = state else { return false }
        switch outcome {
        case .answered:
            close(now)
            return true
        case .failed:
            open(now, openings + 1, policy, random)
            return false
        case .nothing:
            state = .open(since: since, until: until)
            return false
        }
    }

    package enum Probed: Sendable { case answered, failed, nothing }

    /// An attempt that was no probe was answered well. One that began after the breaker opened, because all others were
    /// gone too, shows that the agent is back. Answers whether the breaker has closed by it.
    package mutating func succeeded(_ now: Int64, began: Int64) -> Bool {
        guard case .open(let since, _) = state, began > since else { return false }
        close(now)
        return true
    }

    /// An operator wants it closed.
    package mutating func reset() { self = Breaker() }

    private mutating func close(_ now: Int64) {
        state = .closed
        closedAt = now
    }

    private mutating func open(_ now: Int64, _ n: Int, _ policy: BreakerPolicy, _ random: UInt64) {
        openings = n
        let (until, overflow) = now.addingReportingOverflow(policy.duration(n, random))
        state = .open(since: now, until: overflow ? .max : until)
    }
}
