import Synchronization

/// How many requests are under way at once, at most, over all loops of the process.
package final class ConcurrencyLimiter: Sendable {
    private let running = Atomic<Int>(0)
    private let limit: Atomic<Int>
    private let refusals = Atomic<Int>(0)

    package init(_ limit: Int) { self.limit = Atomic(limit) }

    /// Whoever is given a place calls `release` once.
    package func acquire() -> Bool {
        var seen = running.load(ordering: .relaxed)
        while seen < limit.load(ordering: .relaxed) {
            let (exchanged, now) = running.weakCompareExchange(
                expected: seen, desired: seen &+ 1, ordering: .acquiringAndReleasing)
            if exchanged { return true }
            seen = now
        }
        refusals.wrappingAdd(1, ordering: .relaxed)
        return false
    }

    package func release() { running.wrappingSubtract(1, ordering: .acquiringAndReleasing) }

    package func adopt(_ limit: Int) { self.limit.store(limit, ordering: .relaxed) }

    package var inUse: Int { running.load(ordering: .relaxed) }
    package var most: Int { limit.load(ordering: .relaxed) }
    package var refused: Int { refusals.load(ordering: .relaxed) }
}
