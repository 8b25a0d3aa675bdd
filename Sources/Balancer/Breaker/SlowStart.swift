internal import Glibc
internal import Settings

/// How the share of an agent rises after it joined or came back: `max(least, (t / duration)^(1 / aggression))`.
package struct SlowStart: Sendable, Hashable {
    /// While a share rises it is looked at this often, in nanoseconds.
    static let step: Int64 = 50_000_000

    /// Nanoseconds; 0 is off.
    package let duration: Int64
    /// 0...1.
    package let least: Double
    private let exponent: Double

    package init(_ settings: SlowStartSettings = SlowStartSettings(), agents: Int = 2) {
        // With nobody beside it, it would only make requests wait.
        duration = settings.enabled && agents > 1 ? max(settings.duration.nanoseconds, 0) : 0
        least = min(max(settings.initialWeight / 100, 0.01), 1)
        exponent = 1 / max(settings.aggression, 0.1)
    }

    /// The part of its share that an agent may have, above 0 to 1. `start`: when it began to rise; 0 is never.
    package func ramp(since start: Int64, _ now: Int64) -> Double {
        guard start != 0, duration > 0 else { return 1 }
        let age = now &- start
        guard age < duration else { return 1 }
        let part = Double(max(age, 0)) / Double(duration)
        return max(least, exponent == 1 ? part : pow(part, exponent))
    }
}
