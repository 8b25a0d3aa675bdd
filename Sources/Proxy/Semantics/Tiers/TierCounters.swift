internal import Synchronization

/// What became of the texts that a tier was asked about, over all loops.
final class TierCounters: Sendable {
    /// How one of them ended.
    enum End { case answered, cached, failed, late, skipped }

    private let asked = Atomic<Int>(0)
    private let answered = Atomic<Int>(0)
    private let cached = Atomic<Int>(0)
    private let failed = Atomic<Int>(0)
    private let late = Atomic<Int>(0)
    private let skipped = Atomic<Int>(0)
    /// Of those that were answered and not found in the cache.
    private let nanoseconds = Atomic<Int>(0)

    func note(_ end: End, nanoseconds taken: Int = 0) {
        asked.wrappingAdd(1, ordering: .relaxed)
        switch end {
        case .answered:
            answered.wrappingAdd(1, ordering: .relaxed)
            nanoseconds.wrappingAdd(taken, ordering: .relaxed)
        case .cached:
            answered.wrappingAdd(1, ordering: .relaxed)
            cached.wrappingAdd(1, ordering: .relaxed)
        case .failed: failed.wrappingAdd(1, ordering: .relaxed)
        case .late: late.wrappingAdd(1, ordering: .relaxed)
        case .skipped: skipped.wrappingAdd(1, ordering: .relaxed)
        }
    }

    func write(to facts: inout TierFacts) {
        facts.asked = asked.load(ordering: .relaxed)
        facts.answered = answered.load(ordering: .relaxed)
        facts.cacheHits = cached.load(ordering: .relaxed)
        facts.failed = failed.load(ordering: .relaxed)
        facts.late = late.load(ordering: .relaxed)
        facts.skipped = skipped.load(ordering: .relaxed)
        let computed = facts.answered - facts.cacheHits
        let total = Double(nanoseconds.load(ordering: .relaxed)) / 1e6
        facts.meanMilliseconds = computed > 0 ? total / Double(computed) : 0
    }
}
