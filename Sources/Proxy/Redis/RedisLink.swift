/// Whether there is a connection to a Redis, and when another one is tried. A value that knows no socket: whoever
/// drives it tells what happened and does as it says. Times are nanoseconds.
package struct RedisLink: Sendable {
    package enum State: Sendable, Equatable {
        /// Nobody has asked for a connection. Started: `connecting`.
        case idle
        /// Connecting and logging in. Stands: `open`. Failed: `waiting`.
        case connecting
        /// Commands can be sent. Lost: `waiting`.
        case open(since: Int64)
        /// Until another try. Time is over: `connecting`.
        case waiting
        /// For good.
        case stopped
    }

    package enum Action: Sendable, Equatable {
        case nothing
        case connect
        /// Say `waited` after so long.
        case wait(Int64)
        case close
    }

    package static let shortestWait: Int64 = 100_000_000
    /// With a second for the try itself, one that is back is in use within two.
    package static let longestWait: Int64 = 500_000_000
    /// A connection that lasted this long did not fail at once: the next try is the first again.
    static let lasting: Int64 = 1_000_000_000

    package private(set) var state = State.idle
    private var failures = 0

    package init() {}

    package var isOpen: Bool {
        if case .open = state { return true }
        return false
    }

    package mutating func started() -> Action {
        guard state == .idle else { return .nothing }
        state = .connecting
        return .connect
    }

    /// We are let in.
    package mutating func opened(now: Int64) -> Action {
        guard state == .connecting else { return .close }
        state = .open(since: now)
        return .nothing
    }

    /// There is no connection, or none any more. `random` is any number; all 64 bits are used.
    ///
    /// - Parameter again: another connection would end in the same way, however long this one lasted.
    package mutating func failed(now: Int64, random: UInt64, again: Bool = false) -> Action {
        switch state {
        case .idle, .waiting, .stopped: return .nothing
        case .connecting: break
        case .open(let since): if now - since >= Self.lasting, !again { failures = 0 }
        }
        state = .waiting
        let longest = min(Self.shortestWait << min(failures, 16), Self.longestWait)
        failures += 1
        // from half of it to all of it: replicas do not come back all at once
        let unit = Double(random >> 11) * 0x1p-53
        return .wait(longest / 2 + Int64(Double(longest / 2) * unit))
    }

    package mutating func waited() -> Action {
        guard state == .waiting else { return .nothing }
        state = .connecting
        return .connect
    }

    package mutating func stopped() -> Action {
        defer { state = .stopped }
        return state == .stopped ? .nothing : .close
    }
}
