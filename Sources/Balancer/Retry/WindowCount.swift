import Synchronization

/// How much was counted in the last ten seconds: ten buckets of a second each, counted into by any loop.
///
/// A bucket is one word: the second that it is of, and the count. So a bucket that has come round is emptied by whoever
/// counts into it first, and no reader sees one second's count under another's name. A count is at most 2^32 - 1 a
/// second.
final class WindowCount: Sendable {
    static let seconds: Int64 = 10
    private static let second: Int64 = 1_000_000_000

    nonisolated(unsafe) private let buckets: UnsafeMutablePointer<Atomic<UInt64>>

    init() {
        buckets = .allocate(capacity: Int(Self.seconds))
        for index in 0..<Int(Self.seconds) { (buckets + index).initialize(to: Atomic(0)) }
    }

    deinit {
        buckets.deinitialize(count: Int(Self.seconds))
        buckets.deallocate()
    }

    /// `now`: monotonic nanoseconds.
    func add(_ number: Int, _ now: Int64) {
        let tag = Self.tag(now / Self.second)
        let added = UInt64(clamping: number)
        let bucket = buckets + Int(now / Self.second % Self.seconds)
        var seen = bucket.pointee.load(ordering: .relaxed)
        while true {
            // A loop whose clock was read a moment earlier may come late: its count joins the second that is.
            let isKept = seen >> 32 == tag
            let sum = min((isKept ? seen & 0xffff_ffff : 0) &+ added, 0xffff_ffff)
            let (exchanged, original) = bucket.pointee.weakCompareExchange(
                expected: seen, desired: tag << 32 | sum, ordering: .relaxed)
            if exchanged { return }
            seen = original
        }
    }

    /// The sum of this second and the nine before it.
    func sum(_ now: Int64) -> Int {
        let last = now / Self.second
        var sum = 0
        for back in 0..<Self.seconds where last - back >= 0 {
            let word = buckets[Int((last - back) % Self.seconds)].load(ordering: .relaxed)
            if word >> 32 == Self.tag(last - back) { sum += Int(word & 0xffff_ffff) }
        }
        return sum
    }

    /// Never zero, which is a bucket that was never counted into.
    private static func tag(_ second: Int64) -> UInt64 { UInt64(truncatingIfNeeded: second &+ 1) & 0xffff_ffff }
}
