/// A vector of which few places are not zero.
struct SparseVector: Sendable {
    private(set) var places: [Int32] = []
    private(set) var values: [Float] = []

    init(places: [Int32] = [], values: [Float] = []) {
        self.places = places
        self.values = values
    }

    /// Takes what grams add up to, by bucket: each with the square root of how often it occurs and the sign of its
    /// hash. Places with less than `least` are dropped.
    /// - Parameter sums: as many as there are buckets, a power of two; zero, and zero again afterwards.
    mutating func take(_ grams: UnsafeBufferPointer<GramCounts.Gram>, _ sums: inout [Float], least: Float) {
        places.removeAll(keepingCapacity: true)
        values.removeAll(keepingCapacity: true)
        places.append(contentsOf: repeatElement(0, count: grams.count))
        values.append(contentsOf: repeatElement(0, count: grams.count))
        let kept = places.withUnsafeMutableBufferPointer { places in
            values.withUnsafeMutableBufferPointer { values in
                sums.withUnsafeMutableBufferPointer { Self.add(grams, to: $0, places, values, least) }
            }
        }
        places.removeLast(places.count - kept)
        values.removeLast(values.count - kept)
    }

    /// How many places and values were kept.
    private static func add(
        _ grams: UnsafeBufferPointer<GramCounts.Gram>, to sums: UnsafeMutableBufferPointer<Float>,
        _ places: UnsafeMutableBufferPointer<Int32>, _ values: UnsafeMutableBufferPointer<Float>, _ least: Float
    ) -> Int {
        var seen = 0
        for gram in grams {
            let bucket = Int(truncatingIfNeeded: gram.hash) & (sums.count - 1)
            let value = gram.count == 1 ? gram.weight : gram.weight * Float(gram.count).squareRoot()
            places[seen] = Int32(truncatingIfNeeded: bucket)
            // A sum that has come back to zero is met twice; what is taken first leaves nothing to the second.
            if sums[bucket] == 0 { seen += 1 }
            sums[bucket] += gram.hash >> 63 == 0 ? value : -value
        }
        var kept = 0
        for index in 0..<seen {
            let place = Int(places[index])
            let value = sums[place]
            sums[place] = 0
            guard abs(value) > least else { continue }
            places[kept] = Int32(truncatingIfNeeded: place)
            values[kept] = value
            kept += 1
        }
        return kept
    }
}
