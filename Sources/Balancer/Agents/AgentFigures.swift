import Glibc
import Synchronization

/// The part of an agent's state that requests write: what is with it now, and what its answers tell of it.
///
/// Any loop may touch any of these at any time. Each is true by itself; no two are kept in step, so relaxed ordering
/// is enough, and what is read is only ever used to choose. An average may lose one of two answers that come at the same
/// moment. Averages are 0 until the first answer.
package struct AgentFigures: ~Copyable {
    /// How much the newest answer counts in an average over answers.
    private static let factor = 0.1
    /// The same for the usual number in flight, which must be slower than what it is compared with.
    private static let usualFactor = 0.02

    let inFlight = Atomic<Int>(0)
    /// Outstanding tokens, as estimated when their requests began.
    let tokens = Atomic<Int>(0)
    /// Requests without a first byte of their answer, and the sum of the moments at which they began: nanoseconds of the
    /// monotonic clock, wrapping.
    let waiting = Atomic<Int>(0)
    let waitingSince = Atomic<Int64>(0)
    let served = Atomic<Int>(0)
    let failed = Atomic<Int>(0)
    /// Since the last success.
    let consecutiveFailures = Atomic<Int>(0)
    private let serviceBits = Atomic<UInt64>(0)
    private let usualBits = Atomic<UInt64>(0)
    private let firstByteBits = Atomic<UInt64>(0)
    private let peakBits = Atomic<UInt64>(0)
    private let peakAt = Atomic<Int64>(0)
    private let lastByteBits = Atomic<UInt64>(0)
    private let errorRateBits = Atomic<UInt64>(0)
    private let answeredAt = Atomic<Int64>(0)
    let window = AttemptWindow()
    /// Time to first byte by what is in flight.
    package let curve = LoadCurve()

    // MARK: Places

    /// Takes a place if there is one. A cap of 0 is none. Answers how many had one before.
    @inline(__always)
    borrowing func tryAcquire(cap: Int) -> Int? {
        guard cap > 0 else { return inFlight.wrappingAdd(1, ordering: .relaxed).oldValue }
        var seen = inFlight.load(ordering: .relaxed)
        while seen < cap {
            let (exchanged, original) = inFlight.weakCompareExchange(
                expected: seen, desired: seen + 1, ordering: .relaxed)
            if exchanged { return seen }
            seen = original
        }
        return nil
    }

    @inline(__always)
    borrowing func began(_ now: Int64, tokens count: Int) {
        waits(now)
        if count > 0 { tokens.wrappingAdd(count, ordering: .relaxed) }
    }

    @inline(__always)
    borrowing func waits(_ now: Int64) {
        waiting.wrappingAdd(1, ordering: .relaxed)
        waitingSince.wrappingAdd(now, ordering: .relaxed)
    }

    @inline(__always)
    borrowing func noLongerWaiting(_ began: Int64) {
        waiting.wrappingSubtract(1, ordering: .relaxed)
        waitingSince.wrappingSubtract(began, ordering: .relaxed)
    }

    /// The mean age of the requests without a first byte, in seconds; 0 where there are none.
    package borrowing func waitingAge(_ now: Int64) -> Double {
        let count = waiting.load(ordering: .relaxed)
        guard count > 0 else { return 0 }
        let sum = waitingSince.load(ordering: .relaxed)
        return max(Double(Int64(count) &* now &- sum) / Double(count) / 1e9, 0)
    }

    /// Requests that are with the agent now.
    package var requests: Int { inFlight.load(ordering: .relaxed) }
    package var outstandingTokens: Int { tokens.load(ordering: .relaxed) }
    package var waitingRequests: Int { waiting.load(ordering: .relaxed) }

    // MARK: Averages, in seconds

    /// Time to first byte with the load at its start divided out, so that load is not counted twice where it is
    /// multiplied by what is in flight.
    package var service: Double { Double(bitPattern: serviceBits.load(ordering: .relaxed)) }
    /// Others in flight when a request began.
    private var usualInFlight: Double { Double(bitPattern: usualBits.load(ordering: .relaxed)) }
    package var firstByte: Double { Double(bitPattern: firstByteBits.load(ordering: .relaxed)) }
    /// Time to the last byte.
    package var lastByte: Double { Double(bitPattern: lastByteBits.load(ordering: .relaxed)) }
    /// The share of attempts that failed or that the agent refused, 0...1.
    package var errorRate: Double { Double(bitPattern: errorRateBits.load(ordering: .relaxed)) }
    /// When it last answered well, in nanoseconds of the monotonic clock; 0: never.
    package var lastAnswer: Int64 { answeredAt.load(ordering: .relaxed) }

    /// Time to first byte that jumps up with a slow answer and falls slowly: what is left of the peak after `now`, `tau`
    /// nanoseconds being the time in which it falls to 1/e (Finagle's peak EWMA).
    package borrowing func peakFirstByte(_ now: Int64, tau: Int64) -> Double {
        let peak = Double(bitPattern: peakBits.load(ordering: .relaxed))
        let floor = firstByte
        guard peak > floor, tau > 0 else { return max(peak, floor) }
        let age = Double(max(now &- peakAt.load(ordering: .relaxed), 0))
        return floor + (peak - floor) * exp(-age / Double(tau))
    }

    /// The first byte of an answer came. An error tells nothing of how long an answer takes: it is often the fastest.
    /// `fade`: nanoseconds of silence after which what was known counts little.
    borrowing func answered(_ now: Int64, began: Int64, others: Int, isError: Bool, fade: Int64) {
        noLongerWaiting(began)
        if isError { return }
        let seconds = Double(max(now &- began, 0)) / 1e9
        let before = answeredAt.exchange(now, ordering: .relaxed)
        let isFirst = before == 0
        curve.learn(Float(seconds), at: others + 1, silence: Double(max(now &- before, 0)) / Double(fade))
        let usual = usualInFlight
        let load = max(1, (Double(others) + 1) / (usual + 1))
        Self.move(serviceBits, towards: seconds / load, by: isFirst ? 1 : Self.factor)
        Self.move(usualBits, towards: Double(others), by: isFirst ? 1 : Self.usualFactor)
        Self.move(firstByteBits, towards: seconds, by: isFirst ? 1 : Self.factor)
        if seconds >= peakFirstByte(now, tau: Self.peakTime) {
            peakBits.store(seconds.bitPattern, ordering: .relaxed)
            peakAt.store(now, ordering: .relaxed)
        }
    }

    /// In which a peak falls to 1/e, in nanoseconds.
    package static let peakTime: Int64 = 10_000_000_000

    /// An answer is complete.
    @inline(__always)
    borrowing func completed(_ now: Int64, began: Int64) {
        let before = lastByte
        let seconds = Double(max(now &- began, 0)) / 1e9
        Self.move(lastByteBits, towards: seconds, by: before == 0 ? 1 : Self.factor)
    }

    /// What it failed before it was away says nothing of what it is now: with a share that begins with little, an old
    /// error rate would be outlived by no answer.
    borrowing func forgetErrors() { errorRateBits.store(0, ordering: .relaxed) }

    @inline(__always)
    borrowing func erred(_ error: Bool) {
        let before = errorRate
        // While all is well nothing is written.
        if before == 0, !error { return }
        let after = before + ((error ? 1 : 0) - before) * Self.factor
        errorRateBits.store((after < 1e-4 ? 0 : after).bitPattern, ordering: .relaxed)
    }

    @inline(__always)
    private static func move(_ bits: borrowing Atomic<UInt64>, towards value: Double, by factor: Double) {
        let before = Double(bitPattern: bits.load(ordering: .relaxed))
        bits.store((before + (value - before) * factor).bitPattern, ordering: .relaxed)
    }
}
