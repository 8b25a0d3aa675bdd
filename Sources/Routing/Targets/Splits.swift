/// Chooses by weight: each request draws one of several targets.
package struct Splits: Sendable, Equatable {
    /// For each choice the sum of the weights up to and with it.
    private let sums: [UInt64]

    /// Negative weights count as 0.
    package init(_ weights: [Int]) {
        var sum: UInt64 = 0
        sums = weights.map { weight in
            sum += UInt64(max(0, weight))
            return sum
        }
    }

    package var count: Int { sums.count }

    package var weights: [Int] { sums.indices.map { Int(sums[$0] - ($0 > 0 ? sums[$0 - 1] : 0)) } }

    /// The place of the choice that a uniformly drawn number picks; 0 where there is nothing to choose from. A weight
    /// of 0 is never chosen while another is more.
    package func choose(_ random: UInt64) -> Int {
        guard let total = sums.last, total > 0, sums.count > 1 else { return 0 }
        // The high half of the product is uniform in 0..<total, but for 2^-64 of a part (Lemire 2019, without
        // rejection).
        let drawn = random.multipliedFullWidth(by: total).high
        var low = 0
        var high = sums.count - 1
        while low < high {
            let middle = (low + high) / 2
            if sums[middle] > drawn { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
