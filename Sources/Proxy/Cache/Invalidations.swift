internal import Cache
internal import Synchronization

/// When what is kept of an address was last made invalid by an unsafe method (RFC 9111 4.4): answers that were asked for
/// before that do not serve, whatever rule, tenant, variant or layer they belong to.
///
/// A table of fixed size: buckets of four, found by a hash of authority and path with query. A fifth in a bucket takes the
/// place of the oldest, and from then on everything in the bucket is invalid that is older than that one was: more is
/// fetched anew than must be, and nothing serves that must not.
final class Invalidations: Sendable {
    private static let ways: UInt64 = 4
    /// Of a word: the upper bits are of the hash, the lower ones milliseconds since 1970, for 139 years.
    private static let moment: UInt64 = (1 << 42) - 1
    private static let buckets: UInt64 = 8192

    private let table = AtomicTable(slots: Int(buckets * ways))
    /// Everything in a bucket that was asked for up to then is invalid.
    private let floors = AtomicTable(slots: Int(buckets))
    /// One bit an address of which anything was ever fetched to be kept.
    private let fetched = AtomicTable(slots: 1 << 14)
    private let any = Atomic<Bool>(false)
    private let writing = Mutex<Void>(())

    /// Something of this address may be kept from now on.
    func fetches(_ address: UInt64) {
        let bit: UInt64 = 1 << (address & 63)
        if fetched[address >> 6].load(ordering: .relaxed) & bit == 0 {
            fetched[address >> 6].bitwiseOr(bit, ordering: .relaxed)
        }
    }

    /// - Parameters:
    ///   - now: wall-clock milliseconds.
    ///   - isOurs: nobody else keeps anything, so that what was never fetched here need not be noted.
    func invalidate(_ address: UInt64, now: Int64, isOurs: Bool) {
        if isOurs, fetched[address >> 6].load(ordering: .relaxed) >> (address & 63) & 1 == 0 { return }
        let print = address & ~Self.moment
        let time = UInt64(bitPattern: now) & Self.moment
        let first = address % Self.buckets * Self.ways
        writing.withLock { _ in
            var oldest = first
            for slot in first..<first + Self.ways {
                let word = table[slot].load(ordering: .relaxed)
                if word & ~Self.moment == print {
                    // replicas tell of theirs in any order
                    return table[slot].store(max(word, print | time), ordering: .relaxed)
                }
                if word & Self.moment < table[oldest].load(ordering: .relaxed) & Self.moment { oldest = slot }
            }
            let leaving = table[oldest].load(ordering: .relaxed) & Self.moment
            let bucket = address % Self.buckets
            if leaving > floors[bucket].load(ordering: .relaxed) { floors[bucket].store(leaving, ordering: .relaxed) }
            table[oldest].store(print | time, ordering: .relaxed)
        }
        any.store(true, ordering: .releasing)
    }

    /// Whether an answer that was asked for at this time may serve.
    func holds(_ facts: StoredFacts, _ address: UInt64) -> Bool {
        let asked = UInt64(bitPattern: facts.requested) & Self.moment
        guard asked > floors[address % Self.buckets].load(ordering: .relaxed) else { return false }
        let first = address % Self.buckets * Self.ways
        for slot in first..<first + Self.ways {
            let word = table[slot].load(ordering: .relaxed)
            if word & ~Self.moment == address & ~Self.moment { return asked > word & Self.moment }
        }
        return true
    }

    /// Nothing was ever made invalid.
    var isQuiet: Bool { !any.load(ordering: .acquiring) }
}
