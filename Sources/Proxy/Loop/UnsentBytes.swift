internal import NIOCore

/// Whether a peer takes what is written to it: what waits for its socket, and since when that has not changed.
struct UnsentBytes {
    /// What a look has found.
    enum Look: Equatable {
        /// Some waits, of which the peer has to take something until then; that may have passed.
        case waiting(until: Int64)
        /// Nothing waits: since this look, or for longer.
        case taken(isNew: Bool)
    }

    /// When to look first: what was on its way when its agent was paused is here by then.
    static let settled: Int64 = 1_000_000_000

    private var waiting = 0
    private var since: Int64 = 0

    /// Bytes that were written and that the socket has not taken.
    static func count(of context: ChannelHandlerContext?) -> Int {
        guard let context else { return 0 }
        return (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    /// From now on it is looked at.
    mutating func begin(_ left: Int, now: Int64) {
        waiting = left
        since = now
    }

    /// - Parameters:
    ///   - left: what waits now, in bytes.
    ///   - patience: how long nothing of it may move, in nanoseconds.
    mutating func look(_ left: Int, patience: Int64, now: Int64) -> Look {
        let before = waiting
        // more than before: it may have taken some, and what was on its way from the agent has been added; that ends, as
        // nothing more is read from the agent, and nothing of our own is added
        if left != before || before == 0 { since = now }
        waiting = left
        if left == 0 { return .taken(isNew: before > 0) }
        return .waiting(until: since + patience)
    }
}

/// A connection that is not closed before its peer has what was written to it, unless the peer takes nothing of it for
/// `timeouts.write`.
protocol PatientConnection: Timed {
    var loop: Loop { get }
    var context: ChannelHandlerContext? { get }
    /// What the peer has still to take.
    var unsent: UnsentBytes { get set }
}

extension PatientConnection {
    /// How long a closing connection waits for its peer to close, so that it gets our last words and not a reset.
    static var lingerNanoseconds: Int64 { 2_000_000_000 }

    func beginLooking() { unsent.begin(UnsentBytes.count(of: context), now: loop.now) }

    func look(_ now: Int64) -> UnsentBytes.Look {
        unsent.look(UnsentBytes.count(of: context), patience: loop.runtime.timeouts.write, now: now)
    }

    /// Something is on its way to a slow peer: it is looked at again, or closed where nothing has moved. False: nothing is.
    func awaitsTaking(_ now: Int64, lookingEvery step: Int64 = .max) -> Bool {
        guard case .waiting(let end) = look(now) else { return false }
        if end > now { loop.wheel.set(self, now + min(end - now, step)) } else { context?.close(promise: nil) }
        return true
    }

    /// The deadline of one whose own side has closed.
    func linger(_ now: Int64) {
        switch look(now) {
        case .waiting(let end) where end > now: loop.wheel.set(self, min(end, now + Self.lingerNanoseconds))
        // it has all of it since a moment ago, and may close by itself
        case .taken(isNew: true): loop.wheel.set(self, now + Self.lingerNanoseconds)
        case .waiting, .taken: context?.close(promise: nil)
        }
    }

    /// Both sides of a tunnel have ended: it is over when the peer has all of it.
    func closeTunnel() {
        if !awaitsTaking(loop.now, lookingEvery: DeadlineWheel.tick) { context?.close(promise: nil) }
    }
}
