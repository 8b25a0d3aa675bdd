internal import NIOCore

/// Lets the handshakes of one loop take only so much time at once, so that a crowd of them does not stand before
/// everybody's requests: a full one with RSA takes as long as dozens of those.
///
/// What they have taken leaks away as time goes by. While little of it is left, a handshake goes on as soon as something
/// comes for it. The others wait in order: one or a few go on when those have been served who sent something at the same
/// time, and then after each look at who has sent more.
final class HandshakeTurns: @unchecked Sendable {
    /// Nanoseconds after which no other handshake goes on at once; the last one may take longer.
    static let share: Int64 = 200_000
    /// Long enough for the loop to look at its sockets first: what is due at once would run before.
    static let pause = TimeAmount.microseconds(20)

    private let eventLoop: any EventLoop
    private var spent: Int64 = 0
    /// When the last one ended; monotonic nanoseconds.
    private var ended: Int64 = 0
    private var waiting = CircularBuffer<TLSHandler>()
    private var isScheduled = false

    /// Monotonic nanoseconds.
    private let clock: () -> Int64

    init(_ eventLoop: any EventLoop, clock: @escaping () -> Int64 = Loop.monotonic) {
        self.eventLoop = eventLoop
        self.clock = clock
    }

    /// Does it now and counts the time that it takes, where one more may go on; else false.
    func take(_ work: () -> Void) -> Bool {
        guard waiting.isEmpty else { return false }
        let begun = clock()
        spent = max(0, spent &- (begun &- ended))
        guard spent < Self.share else {
            ended = begun
            return false
        }
        count(from: begun, work)
        return true
    }

    /// It is given a turn later, by `takeTurn`.
    func add(_ handler: TLSHandler) {
        waiting.append(handler)
        guard !isScheduled else { return }
        isScheduled = true
        eventLoop.execute { [self] in giveTurns() }
    }

    private func count(from begun: Int64, _ work: () -> Void) {
        work()
        ended = clock()
        spent &+= ended &- begun
    }

    private func giveTurns() {
        spent = 0
        while spent < Self.share, let next = waiting.popFirst() {
            count(from: clock()) { next.takeTurn() }
        }
        isScheduled = !waiting.isEmpty
        if isScheduled { eventLoop.scheduleTask(in: Self.pause) { [self] in giveTurns() } }
    }
}
