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
        func at(_ share: Double) -> Double { Double(sorted[Int(share * Double(sorted.count - 1))]) / 1000 }
        mean = Double(sorted.reduce(0, &+)) / 1000 / Double(sorted.count)
        median = at(0.5)
        p99 = at(0.99)
    }
}
