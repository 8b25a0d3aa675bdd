import Settings

import Settings

/// When an agent is set aside for failing, and for how long. Times are nanoseconds.
package struct Ejection: Sendable, Hashable {
    /// Failures in a row; 0 ejects nobody.
    package var maxFails: Int
    /// The first ejection lasts this long, the n-th in a row n times as long.
    package var time: Int64
    package var longest: Int64
    /// The share of a pool that may be ejected at once, 0...1; one agent always may.
    package var share: Double

    package init(
        maxFails: Int = 3, time: Int64 = 10_000_000_000, longest: Int64 = 300_000_000_000, share: Double = 0.33
    ) {
        self.maxFails = maxFails
        self.time = max(time, 0)
        self.longest = max(longest, 0)
        self.share = share
    }

    init(_ settings: LoadBalancingSettings) {
        self.init(
            maxFails: settings.maxFails, time: settings.ejectionTime.nanoseconds,
            longest: settings.maxEjectionTime.nanoseconds, share: settings.maxEjected.value)
    }

    /// How long the n-th ejection in a row lasts, n from 1.
    package func duration(_ n: Int) -> Int64 {
        let (product, overflow) = time.multipliedReportingOverflow(by: Int64(max(n, 1)))
        return overflow ? longest : min(product, longest)
    }

    /// How many of a pool's agents may be ejected at once.
    package func cap(of agents: Int) -> Int {
        // Thousandths keep 0.33 x 100 at 33, which as a product of doubles may fall short of it.
        max(1, agents * Int((min(max(share, 0), 1) * 1000).rounded()) / 1000)
    }
}
