internal import Settings

/// When an agent is set aside for failing, and for how long. Times are nanoseconds.
package struct BreakerPolicy: Sendable, Hashable {
    /// Off: nothing is counted, and nobody is set aside.
    package var isOn: Bool
    /// Errors among the attempts of the window, 0...1.
    package var errorThreshold: Double
    /// Fewer attempts than this say nothing.
    package var minRequests: Int
    /// A tenth of the window.
    package var part: Int64
    /// Failures in a row; 0: they do not matter.
    package var maxFails: Int
    /// The first time it opens it stays open this long, the n-th time in a row n times as long.
    package var cooldown: Int64
    package var longest: Int64
    /// The share of a pool that may be set aside at once, 0...1; one agent always may.
    package var share: Double
    /// Where less than this share of a pool is available, all of it is used.
    package var panic: Double

    package init(_ settings: CircuitBreakerSettings = CircuitBreakerSettings(), part: Int64? = nil) {
        isOn = settings.enabled
        errorThreshold = settings.errorThreshold.value
        minRequests = max(settings.minRequests, 1)
        self.part = part ?? BreakerPolicy.part(of: settings)
        maxFails = settings.maxFails
        cooldown = max(settings.cooldown.nanoseconds, 1)
        longest = max(settings.maxCooldown.nanoseconds, 1)
        share = settings.maxEjected.value
        panic = settings.panicThreshold.value
    }

    package static func part(of settings: CircuitBreakerSettings) -> Int64 {
        max(settings.window.nanoseconds / Int64(AttemptWindow.parts), 1_000_000)
    }

    /// How long the n-th opening in a row lasts, n from 1: up to a tenth longer, so that replicas and agents that failed
    /// together are not probed together.
    package func duration(_ n: Int, _ random: UInt64) -> Int64 {
        let (product, overflow) = cooldown.multipliedReportingOverflow(by: Int64(max(n, 1)))
        let base = overflow ? longest : min(product, longest)
        return base + Int64(Double(base) * 0.1 * Double(random >> 11) * 0x1p-53)
    }

    /// How many of a pool's agents may be set aside at once.
    package func cap(of agents: Int) -> Int {
        // Thousandths keep 0.33 x 100 at 33, which as a product of doubles may fall short of it.
        max(1, agents * Int((min(max(share, 0), 1) * 1000).rounded()) / 1000)
    }

    /// Whether so few are available that all are used.
    package func isPanic(available: Int, of agents: Int) -> Bool {
        agents > 0 && Double(available) < Double(agents) * panic
    }

    /// Whether what was counted opens the breaker.
    func isTooMuch(attempts: Int, errors: Int) -> Bool {
        attempts >= minRequests && errors > 0 && Double(errors) >= Double(attempts) * errorThreshold
    }
}
