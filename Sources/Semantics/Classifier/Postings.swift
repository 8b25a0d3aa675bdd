internal import CVectors
import Glibc

/// For each bucket of grams the examples that have it, and how much it says: what the grams of a text add to its
/// likeness to every example at once.
///
/// Buckets that many examples have are kept as a row of a number for each example: adding a row is a quarter of the
/// work of adding an eighth of its numbers one by one.
struct Postings: Sendable {
    /// In a quarter of a cache line each; `weight` is how much a gram says, the rarer the more.
    private let buckets: [clawproxy_bucket]
    private let entries: [clawproxy_entry]
    private let rows: [Float]
    private let stride: Int

    private static let rarityPower = 0.3
    /// A bucket that one in so many examples has is a row.
    private static let rowShare = 8
    /// Numbers of all rows together: 4 MiB, which a processor's caches hold. Of more such buckets the fullest are rows.
    private static let rowNumbers = 1 << 20
    /// Buckets of a text that are looked up, the first ones: those of some 200 words. A decision takes a millisecond at
    /// most, however long the text is.
    static let mostPlaces = 4096

    /// - Parameter counted: how many of `rows`, from the first on, say how rare a gram is.
    init(_ rows: [ExampleIndex.Row], counted: Int) {
        let stride = (rows.count + 15) & ~15
        self.stride = stride
        var sizes = [Int32](repeating: 0, count: TextFeatures.buckets)
        for row in rows { for place in row.places { sizes[Int(place)] += 1 } }
        var buckets = Self.rarity(rows.prefix(counted)).map {
            clawproxy_bucket(weight: $0, start: 0, end: 0, row: -1)
        }
        var (listed, rowCount): (UInt32, Int32) = (0, 0)
        let least = Self.leastOfRow(sizes, rows.count, most: Self.rowNumbers / max(stride, 1))
        for (bucket, size) in sizes.enumerated() {
            if size >= least {
                buckets[bucket].row = rowCount
                rowCount += 1
            } else {
                (buckets[bucket].start, buckets[bucket].end) = (listed, listed)
                listed += UInt32(size)
            }
        }
        var entries = [clawproxy_entry](repeating: clawproxy_entry(column: 0, value: 0), count: Int(listed))
        var dense = [Float](repeating: 0, count: Int(rowCount) * stride)
        for (example, row) in rows.enumerated() {
            var square: Float = 0
            for (place, value) in zip(row.places, row.values) {
                let said = value * buckets[Int(place)].weight
                square += said * said
            }
            let factor = Self.factor(square, row.share)
            for (place, value) in zip(row.places, row.values) {
                let bucket = buckets[Int(place)]
                let said = value * bucket.weight * factor
                if bucket.row >= 0 {
                    dense[Int(bucket.row) * stride + example] = said
                } else {
                    entries[Int(bucket.end)] = clawproxy_entry(column: UInt32(example), value: said)
                    buckets[Int(place)].end += 1
                }
            }
        }
        self.buckets = buckets
        self.entries = entries
        self.rows = dense
    }

    /// How many examples a bucket has at least that is a row; `most` buckets at most have as many.
    private static func leastOfRow(_ sizes: [Int32], _ examples: Int, most: Int) -> Int32 {
        let least = Int32(max(9, (examples + rowShare - 1) / rowShare))
        let full = sizes.filter { $0 >= least }.sorted(by: >)
        return full.count > most ? full[most] + 1 : least
    }

    /// ln((n + 1) / (examples with the bucket + 1/2)) to the power of 0.3.
    private static func rarity(_ rows: ArraySlice<ExampleIndex.Row>) -> [Float] {
        var counts = [Int](repeating: 0, count: TextFeatures.buckets)
        for row in rows { for place in row.places { counts[Int(place)] += 1 } }
        var known: [Int: Float] = [:]
        return counts.map { count in
            if let rarity = known[count] { return rarity }
            let rarity = Float(pow(log(Double(rows.count + 1) / (Double(count) + 0.5)), rarityPower))
            known[count] = rarity
            return rarity
        }
    }

    /// What makes the grams' part of the squared length 1 - `share`.
    private static func factor(_ square: Float, _ share: Float) -> Float {
        square > 0 ? (max(1 - share, 0) / square).squareRoot() : 0
    }

    /// Adds what a text's grams have in common with each example, but for a factor, which is returned.
    /// - Parameter sums: one for each example, and room up to a multiple of 16.
    func add(_ sparse: SparseVector, share: Float, to sums: UnsafeMutablePointer<Float>) -> Float {
        let square = clawproxy_add_postings(
            buckets, entries, rows, stride, sparse.places, sparse.values,
            min(sparse.places.count, Self.mostPlaces), sums)
        return Self.factor(square, share)
    }
}
