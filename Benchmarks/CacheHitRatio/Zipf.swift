import Glibc

/// Ranks drawn by Zipf's law: rank k with a weight of 1 / k^s.
struct Zipf {
    /// Sums of the weights up to each rank, of 1 in all.
    private let sums: [Double]

    init(_ count: Int, exponent: Double) {
        var sum = 0.0
        let sums = (1...count).map { rank in
            sum += pow(Double(rank), -exponent)
            return sum
        }
        self.sums = sums.map { $0 / sum }
    }

    func draw(_ random: inout Draws) -> Int {
        let wanted = random.unit()
        var low = 0
        var high = sums.count - 1
        while low < high {
            let middle = (low + high) / 2
            if sums[middle] < wanted { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
