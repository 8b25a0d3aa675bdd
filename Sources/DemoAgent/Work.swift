import Glibc
import NIOCore

/// How long the agent works on a request: its speed, its pauses, how it warms up. Works in nanoseconds.
struct Work: Sendable {
    /// Speed right after a cold start.
    private static let coldSpeed = 0.1
    /// Eleven days; sums of a few stay far from an overflow.
    private static let longest = 1e15

    /// Requests that are worked on at once; the others wait in the order of their arrival. 0: no limit.
    var slots = 0
    /// 1 is normal; a request takes its service time divided by it.
    var speed = 1.0
    /// Mean of the service times.
    var serviceTime = Span.zero
    /// Sigma of the lognormal distribution of service times; 0: all are the mean.
    var spread = 0.0
    /// The agent works for `pauseEvery`, less the pause, and then not at all for `pauseFor`, as a collection of garbage
    /// stops it. Both are needed, and the pause must be the shorter.
    var pauseEvery = Span.zero
    var pauseFor = Span.zero
    private var coldSince = NIODeadline.uptimeNanoseconds(0)
    private var warmup = Span.zero

    /// The speed rises from a tenth over so much time from now.
    mutating func startCold(_ now: NIODeadline, over warmup: Span) {
        coldSince = now
        self.warmup = warmup
    }

    func speed(at now: NIODeadline) -> Double {
        let passed = (now - coldSince).nanoseconds
        guard passed < warmup.nanoseconds else { return speed }
        return speed * (Self.coldSpeed + (1 - Self.coldSpeed) * Double(passed) / Double(warmup.nanoseconds))
    }

    /// When work that begins now is done. `normal` is a draw from the standard normal distribution.
    func end(from now: NIODeadline, _ normal: Double) -> NIODeadline {
        guard serviceTime > .zero else { return resumption(now) }
        // The mean of exp(N(-s²/2, s)) is 1.
        let factor = exp(spread * normal - spread * spread / 2)
        let busy = Double(serviceTime.nanoseconds) * factor / speed(at: now)
        return afterPauses(from: now, Int64(min(busy, Self.longest)))
    }

    private var hasPauses: Bool { pauseFor > .zero && pauseFor < pauseEvery }

    /// Now, or the end of the pause that runs.
    private func resumption(_ now: NIODeadline) -> NIODeadline {
        let phase = Int64(now.uptimeNanoseconds % UInt64(max(1, pauseEvery.nanoseconds)))
        guard hasPauses, phase >= pauseEvery.nanoseconds - pauseFor.nanoseconds else { return now }
        return now + .nanoseconds(pauseEvery.nanoseconds - phase)
    }

    /// Adds the pauses that fall into the work.
    private func afterPauses(from now: NIODeadline, _ busy: Int64) -> NIODeadline {
        guard hasPauses else { return now + .nanoseconds(busy) }
        let begin = resumption(now)
        let phase = Int64(begin.uptimeNanoseconds % UInt64(pauseEvery.nanoseconds))
        let pauses = (phase + busy) / (pauseEvery.nanoseconds - pauseFor.nanoseconds)
        return begin + .nanoseconds(busy + pauses * pauseFor.nanoseconds)
    }
}
