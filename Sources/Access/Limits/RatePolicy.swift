/// A rate and how much may come at once, in the form in which the generic cell rate algorithm counts (ATM Forum Traffic
/// Management 4.0, I.371): time. A cost of one takes `period / count`; `burst` of them fit into `capacity`.
///
/// Equal to a token bucket of `burst` that fills with `count` each `period`: in any time t it admits at most
/// `burst + count * t / period`.
package struct RatePolicy: Sendable, Hashable {
    package let count: Int64
    /// Nanoseconds.
    package let period: Int64
    package let burst: Int64
    /// Nanoseconds that a cost of one takes, rounded up: the rate is never exceeded.
    package let interval: Int64
    /// Nanoseconds that `burst` takes.
    package let capacity: Int64

    /// Costs above this count as this.
    static let mostCost: Int64 = 1_000_000_000

    package init(count: Int, seconds: Int64, burst: Int) {
        self.count = min(max(Int64(count), 1), Self.mostCost)
        period = min(max(seconds, 1), 86_400) * 1_000_000_000
        self.burst = min(max(Int64(burst), 1), Self.mostCost)
        interval = Self.scaled(1, by: period, over: self.count)
        // by the rounded interval where requests are counted one by one, so that a full burst always fits
        let whole = Self.scaled(self.burst, by: period, over: self.count)
        let (steps, overflow) = interval.multipliedReportingOverflow(by: self.burst)
        capacity = overflow || steps - whole > whole / 1000 ? whole : max(steps, whole)
    }

    /// Nanoseconds that a cost takes, rounded up.
    package func time(_ cost: Int64) -> Int64 {
        cost == 1 ? interval : Self.scaled(min(max(cost, 0), Self.mostCost), by: period, over: count)
    }

    /// What fits into so many nanoseconds, rounded down.
    package func cost(_ time: Int64) -> Int64 {
        guard time > 0 else { return 0 }
        let product = UInt64(time).multipliedFullWidth(by: UInt64(count))
        guard product.high < UInt64(period) else { return Self.mostCost }
        return Int64(clamping: UInt64(period).dividingFullWidth(product).quotient)
    }

    /// What is taken under another policy, as nanoseconds of this one: as many requests, and the same part of one.
    package func converted(_ used: Int64, from old: RatePolicy) -> Int64 {
        let whole = old.cost(used)
        let rest = used &- old.time(whole)
        let sum = time(whole).addingReportingOverflow(Self.scaled(rest, by: interval, over: old.interval))
        return sum.overflow ? Self.longest : min(sum.partialValue, Self.longest)
    }

    /// number * factor / divisor, rounded up; all above zero.
    private static func scaled(_ number: Int64, by factor: Int64, over divisor: Int64) -> Int64 {
        guard number > 0, divisor > 0 else { return 0 }
        let product = UInt64(number).multipliedFullWidth(by: UInt64(factor))
        guard product.high < UInt64(divisor) else { return longest }
        let (quotient, remainder) = UInt64(divisor).dividingFullWidth(product)
        return min(Int64(clamping: quotient) &+ (remainder > 0 ? 1 : 0), longest)
    }

    /// Debts are no longer than this, in nanoseconds: some eleven years.
    static let longest: Int64 = 1 << 58
}

/// What a limit says to a request.
package struct RateVerdict: Sendable, Equatable {
    package var isAdmitted: Bool
    /// What is left now, after it.
    package var remaining: Int64
    /// Nanoseconds until such a request would be admitted; 0 where it was.
    package var wait: Int64
    /// Nanoseconds until all is left again.
    package var reset: Int64

    package init(isAdmitted: Bool, remaining: Int64, wait: Int64, reset: Int64) {
        self.isAdmitted = isAdmitted
        self.remaining = remaining
        self.wait = wait
        self.reset = reset
    }

    /// - Parameters:
    ///   - used: nanoseconds of the capacity that are taken now; above it: debt.
    ///   - wanted: nanoseconds that were asked for and not given; nil where the request is admitted.
    package init(_ policy: RatePolicy, used: Int64, wanted: Int64?) {
        isAdmitted = wanted == nil
        remaining = policy.cost(policy.capacity &- used)
        reset = max(used, 0)
        wait = wanted.map { max($0 > policy.capacity ? used : used &+ $0 &- policy.capacity, 1) } ?? 0
    }

    /// For `Retry-After`: whole seconds, rounded up.
    package var retryAfter: Int { max(1, Int((wait &+ 999_999_999) / 1_000_000_000)) }
}
