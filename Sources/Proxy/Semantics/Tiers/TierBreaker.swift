internal import Settings

/// Keeps requests from waiting, one after the other, for an endpoint that does not answer. A value; times are
/// nanoseconds of one clock.
struct TierBreaker: Sendable {
    enum State: Sendable, Equatable {
        /// Requests pass. Answered: no failures. `threshold` failures in a row: `open`.
        case closed(failures: Int)
        /// Requests are refused. After its time, the next one passes as a trial: `trying`.
        case open(until: UInt64)
        /// One request is under way. Answered: `closed`. Failed: `open`.
        case trying
    }

    private let threshold: Int
    /// Nanoseconds.
    private let cooldown: UInt64
    private(set) var state = State.closed(failures: 0)

    init(failures: Int, cooldown: Duration) {
        threshold = failures
        self.cooldown = UInt64(max(0, cooldown.nanoseconds))
    }

    /// Whether a text may be asked about now.
    func passes(now: UInt64) -> Bool {
        switch state {
        case .closed: true
        case .open(let until): now >= until
        case .trying: false
        }
    }

    /// A request is sent, as `passes` allowed.
    mutating func asked() {
        if case .open = state { state = .trying }
    }

    /// Whether this closes it.
    mutating func answered() -> Bool {
        switch state {
        case .closed:
            state = .closed(failures: 0)
            return false
        case .trying:
            state = .closed(failures: 0)
            return true
        case .open:
            // to a request that was sent before
            return false
        }
    }

    /// Whether this opens it, having been closed.
    mutating func failed(now: UInt64) -> Bool {
        switch state {
        case .closed(let failures):
            guard failures + 1 >= threshold else {
                state = .closed(failures: failures + 1)
                return false
            }
            state = .open(until: now &+ cooldown)
            return true
        case .trying:
            state = .open(until: now &+ cooldown)
            return false
        case .open: return false
        }
    }
}
