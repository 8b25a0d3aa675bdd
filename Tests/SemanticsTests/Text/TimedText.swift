import Glibc

@testable import Semantics

/// How long the features of a text take: the least of some tries, so that a busy machine does not count.
final class TimedText {
    private var features = TextFeatures()

    func take(_ bytes: [UInt8]) { bytes.withUnsafeBytes { features.take($0) } }

    /// Of this thread's processor time.
    func milliseconds(tries: Int = 5, _ work: () -> Void) -> Double {
        var least = Double.infinity
        for _ in 0..<tries {
            let start = Self.now()
            work()
            least = min(least, Self.now() - start)
        }
        return least
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
    }
}
