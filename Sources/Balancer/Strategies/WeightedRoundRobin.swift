/// In turn by weight, evenly mixed: 5, 1, 1 is a a b a c a a, as nginx does it. Every pick gives each agent its weight
/// in credit and takes the sum of them from the one with most.
package struct WeightedRoundRobin: Strategy {
    package static let name = "weighted-round-robin"
    package static let meaning = "one after the other, each as often as its weight says, evenly mixed"

    /// Adds up to 0 over all agents. Each stays within the sum of all weights.
    private var credit: [Int]

    package init(_ seats: UnsafeBufferPointer<Seat>, _ random: inout SplitMix64) {
        // The first pick is drawn by weight, and the cycle begins after it. Without it, every loop and every generation
        // would begin with the heaviest, and a proxy that is patched often would never come to the light ones.
        credit = seats.map { -$0.weight }
        let sum = seats.reduce(0) { $0 + $1.weight }
        guard sum > 0 else { return }
        var left = random.below(sum)
        for (index, seat) in seats.enumerated() {
            if left < seat.weight {
                credit[index] += sum
                break
            }
            left -= seat.weight
        }
    }

    package mutating func choose(_ among: Candidates, _ key: UInt64, _ random: inout SplitMix64) -> Int? {
        var sum = 0
        var best: Int?
        var most = Int.min
        var index = among.first(from: 0, to: among.count)
        while let here = index {
            let weight = among[here].weight
            sum += weight
            credit[here] += weight
            if credit[here] > most {
                most = credit[here]
                best = here
            }
            index = among.first(from: here + 1, to: among.count)
        }
        if let best { credit[best] -= sum }
        return best
    }
}
