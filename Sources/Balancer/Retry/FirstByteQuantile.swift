import Glibc

/// A quantile of the times to first byte of late, by counting them in buckets that are a fifth wider each.
///
/// Old times fade: when the counts reach `horizon` they are halved. One a loop and pool, only where hedging is on.
package struct FirstByteQuantile: Sendable {
    /// Nanoseconds; all shorter times are in the first bucket.
    private static let shortest = 100_000.0
    /// Four to an octave: up to about half an hour.
    private static let buckets = 100
    private static let horizon = 4096

    /// Made with the first sample: few pools hedge.
    private var counts: [UInt32] = []
    package private(set) var samples = 0
    private var cached: Int64?
    private var sinceCached = 0

    package init() {}

    package mutating func add(_ nanoseconds: Int64) {
        if counts.isEmpty { counts = [UInt32](repeating: 0, count: Self.buckets) }
        counts[Self.bucket(Double(nanoseconds))] += 1
        samples += 1
        sinceCached += 1
        if samples >= Self.horizon { fade() }
    }

    /// The time within which the share `quantile` of answers began; nil before `least` have.
    package mutating func value(_ quantile: Double, least: Int) -> Int64? {
        guard samples >= max(least, 1) else { return nil }
        if let cached, sinceCached < 16 { return cached }
        let found = find(quantile)
        cached = found
        sinceCached = 0
        return found
    }

    private func find(_ quantile: Double) -> Int64 {
        let wanted = Double(samples) * min(max(quantile, 0), 1)
        var below = 0.0
        for (index, count) in counts.enumerated() where count > 0 {
            if below + Double(count) >= wanted {
                // within a bucket times are taken to lie evenly
                let share = (wanted - below) / Double(count)
                let low = index == 0 ? 0 : Self.border(index - 1)
                return Int64(low + (Self.border(index) - low) * share)
            }
            below += Double(count)
        }
        return Int64(Self.border(Self.buckets - 1))
    }

    private mutating func fade() {
        var sum = 0
        for index in counts.indices {
            counts[index] /= 2
            sum += Int(counts[index])
        }
        samples = sum
    }

    private static func bucket(_ nanoseconds: Double) -> Int {
        guard nanoseconds > shortest else { return 0 }
        return min(Int((4 * log2(nanoseconds / shortest)).rounded(.up)), buckets - 1)
    }

    /// The upper border of a bucket.
    private static func border(_ index: Int) -> Double { shortest * exp2(Double(index) / 4) }
}
