internal import Glibc

/// Clocks for measuring, in nanoseconds.
enum TrialClock {
    /// What this thread has computed: whatever else the machine does, a decision costs the same.
    static func computed() -> UInt64 { read(CLOCK_THREAD_CPUTIME_ID) }

    /// What has passed.
    static func passed() -> UInt64 { read(CLOCK_MONOTONIC) }

    static func milliseconds(_ nanoseconds: UInt64) -> Double { Double(nanoseconds) / 1e6 }

    private static func read(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
