/// A vector of which few places are not zero.
struct SparseVector: Sendable {
    private(set) var places: [Int32] = []
    private(set) var values: [Float] = []

    init(places: [Int32] = [], values: [Float] = []) {
        self.places = places
        self.values = values
    }

    mutating func clear() {
        places.removeAll(keepingCapacity: true)
        values.removeAll(keepingCapacity: true)
    }

    @inline(__always)
    mutating func append(_ place: Int32, _ value: Float) {
        places.append(place)
        values.append(value)
    }

    /// Takes the value of every place from `sums`, where it becomes 0; places with less than `least` are dropped, and
    /// so is the second of two equal ones.
    mutating func collect(_ sums: inout [Float], least: Float) {
        var kept = 0
        for index in places.indices {
            let place = places[index]
            let value = sums[Int(place)]
            sums[Int(place)] = 0
            guard abs(value) > least else { continue }
            places[kept] = place
            values[kept] = value
            kept += 1
        }
        places.removeLast(places.count - kept)
        values.removeLast(values.count - kept)
    }
}
