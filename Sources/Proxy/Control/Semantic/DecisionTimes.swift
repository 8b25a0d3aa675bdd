/// How long decisions took, in microseconds.
package struct DecisionTimes: Sendable, Equatable {
    package let mean: Double
    package let median: Double
    /// One of a hundred took longer.
    package let p99: Double

    /// Nil where there was none.
    init?(nanoseconds: [UInt64]) {
        guard !nanoseconds.isEmpty else { return nil }
        let sorted = nanoseconds.sorted()
        // the least time within which so large a part of them lies
        func at(_ percent: Int) -> Double { Double(sorted[max((percent * sorted.count + 99) / 100, 1) - 1]) / 1000 }
        mean = Double(sorted.reduce(0, &+)) / 1000 / Double(sorted.count)
        median = at(50)
        p99 = at(99)
    }
}
