import Glibc

/// The two clocks of the log thread, read together.
package struct LogClock: Sendable {
    /// Nanoseconds of the monotonic clock: for what waits.
    package var monotonic: Int64
    /// Milliseconds since 1970: for what is written.
    package var unixMilliseconds: Int64

    package init(monotonic: Int64, unixMilliseconds: Int64) {
        self.monotonic = monotonic
        self.unixMilliseconds = unixMilliseconds
    }

    package static func now() -> LogClock {
        var monotonic = timespec()
        var wall = timespec()
        clock_gettime(CLOCK_MONOTONIC, &monotonic)
        clock_gettime(CLOCK_REALTIME, &wall)
        return LogClock(
            monotonic: Int64(monotonic.tv_sec) * 1_000_000_000 + Int64(monotonic.tv_nsec),
            unixMilliseconds: Int64(wall.tv_sec) * 1000 + Int64(wall.tv_nsec) / 1_000_000)
    }
}

/// The system's words for an error number.
func systemReason(_ number: Int32) -> String {
    // Glibc keeps the text for each thread since 2.32.
    String(cString: strerror(number)).lowercased()
}
