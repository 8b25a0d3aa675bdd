import Glibc

/// For each bucket of grams the examples that have it, and how much it says: what the grams of a text add to its
/// likeness to every example at once.
///
/// Buckets that many examples have are kept as a row of a number for each example: adding a row is a quarter of the
/// work of adding an eighth of its numbers one by one.
struct Postings: Sendable {
    /// What is known of one bucket, in a quarter of a cache line: most of the time is spent on getting these.
    private struct Bucket: Sendable {
        /// How much a gram says, the rarer the more.
        var rarity: Float
        /// Where its examples stand; empty if it has a row.
        var start: Int32 = 0
        var end: Int32 = 0
        /// -1 if it has a list.
        var row: Int32 = -1
    }

    private let buckets: [Bucket]
    private let examples: [Int32]
    private let values: [Float]
    private let rows: [Float]
    private let stride: Int

    private static let rarityPower = 0.3
    /// A bucket that one in so many examples has is a row.
    private static let rowShare = 8

    /// - Parameter counted: how many of `rows`, from the first on, say how rare a gram is.
    init(_ rows: [ExampleIndex.Row], counted: Int) {
        let stride = (rows.count + 3) & ~3
        self.stride = stride
        var sizes = [Int32](repeating: 0, count: TextFeatures.buckets)
        for row in rows { for place in row.places { sizes[Int(place)] += 1 } }
        var buckets = Self.rarity(rows.prefix(counted)).map { Bucket(rarity: $0) }
        var (listed, rowCount): (Int32, Int32) = (0, 0)
        for (bucket, size) in sizes.enumerated() {
            if size > 8, Int(size) * Self.rowShare >= rows.count {
                buckets[bucket].row = rowCount
                rowCount += 1
            } else {
                (buckets[bucket].start, buckets[bucket].end) = (listed, listed)
                listed += size
            }
        }
        var examples = [Int32](repeating: 0, count: Int(listed))
        var values = [Float](repeating: 0, count: Int(listed))
        var dense = [Float](repeating: 0, count: Int(rowCount) * stride)
        for (example, row) in rows.enumerated() {
            var square: Float = 0
            for (place, value) in zip(row.places, row.values) {
                let said = value * buckets[Int(place)].rarity
                square += said * said
            }
            let factor = Self.factor(square, row.share)
            for (place, value) in zip(row.places, row.values) {
                let bucket = buckets[Int(place)]
                let said = value * bucket.rarity * factor
                if bucket.row >= 0 {
                    dense[Int(bucket.row) * stride + example] = said
                } else {
                    examples[Int(bucket.end)] = Int32(example)
                    values[Int(bucket.end)] = said
                    buckets[Int(place)].end += 1
                }
            }
        }
        self.buckets = buckets
        self.examples = examples
        self.values = values
        self.rows = dense
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
    /// - Parameter sums: one for each example, and room up to a multiple of 4.
    func add(_ sparse: SparseVector, share: Float, to sums: UnsafeMutablePointer<Float>) -> Float {
        var square: Float = 0
        examples.withUnsafeBufferPointer { examples in
            values.withUnsafeBufferPointer { values in
                rows.withUnsafeBufferPointer { rows in
                    for index in sparse.places.indices {
                        let bucket = buckets[Int(sparse.places[index])]
                        let said = sparse.values[index] * bucket.rarity
                        square += said * said
                        if bucket.row >= 0, let base = rows.baseAddress {
                            Self.add(base + Int(bucket.row) * stride, said, to: sums, stride)
                            continue
                        }
                        for slot in Int(bucket.start)..<Int(bucket.end) {
                            sums[Int(examples[slot])] += said * values[slot]
                        }
                    }
                }
            }
        }
        return Self.factor(square, share)
    }

    @inline(__always)
    private static func add(
        _ row: UnsafePointer<Float>, _ factor: Float, to sums: UnsafeMutablePointer<Float>, _ count: Int
    ) {
        let (source, target) = (UnsafeRawPointer(row), UnsafeMutableRawPointer(sums))
        for start in Swift.stride(from: 0, to: 4 * count, by: 16) {
            let sum = target.loadUnaligned(fromByteOffset: start, as: SIMD4<Float>.self)
            let said = source.loadUnaligned(fromByteOffset: start, as: SIMD4<Float>.self)
            target.storeBytes(of: sum + said * factor, toByteOffset: start, as: SIMD4<Float>.self)
        }
    }
}
