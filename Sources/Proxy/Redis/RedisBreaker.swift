/// Keeps requests from waiting, one after the other, for a Redis that does not answer. A value; times are nanoseconds
/// of one clock.
package struct RedisBreaker: Sendable {
    package enum State: Sendable, Equatable {
        /// Commands pass. Answered: no failures. `threshold` failures in a row: `open`.
        case closed(failures: Int)
        /// Commands are refused. After its time, the next one passes as a trial: `trying`.
        case open(until: Int64)
        /// One command is under way. Answered: `closed`. Failed: `open`.
        case trying
    }

    package static let threshold = 5
    /// From one trial to the next: one that answers again is in use within this time. It does not grow, for a trial
    /// costs one request the time of one command.
    package static let step: Int64 = 1_000_000_000

    package private(set) var state = State.closed(failures: 0)

    package init() {}

    /// Whether a command may be sent; who asks sends it.
    package mutating func asked(now: Int64) -> Bool {
        switch state {
        case .closed: return true
        case .open(let until):
            guard now >= until else { return false }
            state = .trying
            return true
        case .trying: return false
        }
    }

    /// What `asked` would say.
    package func wouldPass(now: Int64) -> Bool {
        var copy = self
        return copy.asked(now: now)
    }

    /// Whether this closes it.
    package mutating func answered() -> Bool {
        switch state {
        case .closed:
            state = .closed(failures: 0)
            return false
        case .trying:
            state = .closed(failures: 0)
            return true
        case .open:
            // of a command that was sent before
            return false
        }
    }

    /// Whether this opens it, having been closed.
    package mutating func failed(now: Int64) -> Bool {
        switch state {
        case .closed(let failures):
            guard failures + 1 >= Self.threshold else {
                state = .closed(failures: failures + 1)
                return false
            }
            state = .open(until: now + Self.step)
            return true
        case .trying:
            state = .open(until: now + Self.step)
            return false
        case .open: return false
        }
    }

    /// Another connection: what was known of the one before counts no more. Whether this closes it.
    package mutating func renewed() -> Bool {
        let wasClosed = if case .closed = state { true } else { false }
        state = .closed(failures: 0)
        return !wasClosed
    }
}
