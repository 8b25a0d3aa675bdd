import Synchronization

/// How many requests of a pool are repeated at most, in the whole process, so that repetitions cannot bring down agents
/// that hardly keep up. It outlives generations of the configuration.
///
/// Loops count into it at their own pace (`RequestTally`), so a request costs it nothing.
package final class RetryBudget: Sendable {
    private let requests = WindowCount()
    private let retries = WindowCount()
    /// In requests; a hedge costs as many as its ratio says.
    private let hedgeCredit = Atomic<Int>(0)
    private let retryTotal = Atomic<Int>(0)
    private let exhaustedTotal = Atomic<Int>(0)
    private let hedgeTotal = Atomic<Int>(0)
    private let wonTotal = Atomic<Int>(0)

    package init() {}

    package func began(_ number: Int, _ now: Int64) {
        requests.add(number, now)
        hedgeCredit.wrappingAdd(number, ordering: .relaxed)
    }

    /// Whether one more repetition is within `ratio` of the last ten seconds' requests and `minPerSecond`.
    ///
    /// Two loops that ask at the same moment may both be let through: the bound is exact to one a loop.
    package func hasRoom(_ policy: RetryPolicy, _ now: Int64) -> Bool {
        let share = Double(requests.sum(now)) * policy.ratio
        let allowed = share + Double(policy.minPerSecond) * Double(WindowCount.seconds)
        return Double(retries.sum(now) + 1) <= allowed
    }

    package func retried(_ now: Int64) {
        retries.add(1, now)
        retryTotal.wrappingAdd(1, ordering: .relaxed)
    }

    /// A repetition was wanted, and there was no room for it.
    package func refused() { exhaustedTotal.wrappingAdd(1, ordering: .relaxed) }

    /// Takes a hedge if requests have earned one: `ratio` 0.01 is one for a hundred. What was earned long ago is worth
    /// twenty at most.
    package func takeHedge(ratio: Double) -> Bool {
        guard ratio > 0 else { return false }
        let price = max(1, Int(min((1 / ratio).rounded(.up), 1e15)))
        var seen = hedgeCredit.load(ordering: .relaxed)
        while seen >= price {
            let left = min(seen, price &* 20) - price
            let (exchanged, original) = hedgeCredit.weakCompareExchange(
                expected: seen, desired: left, ordering: .relaxed)
            if exchanged {
                hedgeTotal.wrappingAdd(1, ordering: .relaxed)
                return true
            }
            seen = original
        }
        return false
    }

    package func hedgeWon() { wonTotal.wrappingAdd(1, ordering: .relaxed) }

    // MARK: what was counted since the process began

    package var retriesSoFar: Int { retryTotal.load(ordering: .relaxed) }
    package var exhaustedSoFar: Int { exhaustedTotal.load(ordering: .relaxed) }
    package var hedgesSoFar: Int { hedgeTotal.load(ordering: .relaxed) }
    package var hedgesWonSoFar: Int { wonTotal.load(ordering: .relaxed) }
}

/// One loop's requests of a pool that its budget has not been told of yet.
package struct RequestTally: Sendable {
    /// A loop is at most so many requests ahead of the budget, and only for as long as nobody asks.
    static let most = 32
    private var pending = 0

    package init() {}

    @inline(__always)
    package mutating func began(_ budget: borrowing RetryBudget, _ now: Int64) {
        pending &+= 1
        if pending >= Self.most { settle(budget, now) }
    }

    package mutating func settle(_ budget: borrowing RetryBudget, _ now: Int64) {
        guard pending > 0 else { return }
        budget.began(pending, now)
        pending = 0
    }
}
