internal import NIOCore

/// Who has been made to wait until others were served.
protocol TakesTurns: AnyObject {
    /// Does one piece of what waits. True: more of it is there.
    func takeTurn() -> Bool
}

/// Lets work of one kind take only so much of a loop's time at once, so that a crowd of it does not stand before
/// everybody's requests: a full handshake with RSA takes as long as dozens of those, and one read of HTTP/2 may bring a
/// hundred of them.
///
/// What it has taken leaks away as time goes by. While little of it is left, it is done as it comes. The others wait in
/// order, each with one piece: one or a few go on when those have been served who sent something at the same time, and
/// then after each look at who has sent more.
final class Turns: @unchecked Sendable {
    /// Nanoseconds of handshakes after which no other one goes on at once; the last one may take longer.
    static let handshakes: Int64 = 200_000
    /// And of requests: more than a client sends at once that is not after harm.
    static let requests: Int64 = 1_000_000
    /// Where a loop is busy with other things, each of its turns is long: of that time this part is for who waits, so that they
    /// are not starved.
    static let part: Int64 = 4
    /// Long enough for the loop to look at its sockets first: what is due at once would run before.
    static let pause = TimeAmount.microseconds(20)

    private let eventLoop: any EventLoop
    private let share: Int64
    private var spent: Int64 = 0
    /// When the last one ended; monotonic nanoseconds.
    private var ended: Int64 = 0
    private var waiting = CircularBuffer<any TakesTurns>()
    private var isScheduled = false

    /// Monotonic nanoseconds.
    private let clock: () -> Int64

    /// - Parameter share: nanoseconds at once.
    init(_ eventLoop: any EventLoop, share: Int64, clock: @escaping () -> Int64 = Loop.monotonic) {
        self.eventLoop = eventLoop
        self.share = share
        self.clock = clock
    }

    /// Does it now and counts the time that it takes, where one more may go on; else false.
    func take(_ work: () -> Void) -> Bool {
        guard waiting.isEmpty else { return false }
        let begun = clock()
        spent = max(0, spent &- (begun &- ended))
        guard spent < share else {
            ended = begun
            return false
        }
        count(from: begun, work)
        return true
    }

    /// It is given a turn later, and then as many as it wants, one at a time. Not to be added again before it has had
    /// the last.
    func add(_ member: any TakesTurns) {
        waiting.append(member)
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
        let budget = max(share, (clock() &- ended) / Self.part)
        while spent < budget, let next = waiting.popFirst() {
            count(from: clock()) {
                if next.takeTurn() { waiting.append(next) }
            }
        }
        isScheduled = !waiting.isEmpty
        guard isScheduled else { return }
        // behind what those who had their turn have put off to the end of it, which may take longer than the pause
        eventLoop.execute { [self] in
            eventLoop.scheduleTask(in: Self.pause) { [self] in giveTurns() }
        }
    }
}
