import Glibc

/// Names made up for answers, and the time that is told in them.
enum Identifier {
    static func make(_ prefix: String) -> String { prefix + hex(8) }

    /// `count` random bytes in hex.
    static func hex(_ count: Int) -> String {
        var text = ""
        for _ in 0..<count {
            let byte = UInt8.random(in: .min ... .max)
            text += (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return text
    }

    /// Seconds since 1970.
    static var seconds: Int { time(nil) }

    /// CLOCK_MONOTONIC in nanoseconds, the same for all processes of a machine (`time.monotonic_ns()` in Python).
    static var monotonicNanoseconds: Int {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return now.tv_sec * 1_000_000_000 + now.tv_nsec
    }
}
