/// In turn by weight, evenly mixed. Up to 16 agents: 5, 1, 1 is a a b a c a a, as nginx does it; more: who is due
/// first.
package struct WeightedRoundRobin: Strategy {
    package static let name = "weighted-round-robin"
    package static let spellings = ["wrr", "smooth-round-robin"]
    package static let meaning = "one after the other, each as often as its weight says, evenly mixed"

    /// Up to so many, looking at all is cheaper than a heap.
    private static let few = 16

    private let seats: UnsafeBufferPointer<Seat>
    private var few: SmoothTurns?
    private var many: Turns?

    package init(_ seats: UnsafeBufferPointer<Seat>, _ settings: LoadBalancingSettings, _ random: inout SplitMix64) {
        self.seats = seats
        if seats.count <= WeightedRoundRobin.few {
            few = SmoothTurns(seats, &random)
        } else {
            many = Turns(count: seats.count, &random)
            reweigh()
        }
    }

    package mutating func reweigh() {
        let seats = seats
        many?.weigh { Double(seats[$0].weight) }
    }

    package mutating func choose(_ among: Candidates, _ ask: borrowing Ask, _ random: inout SplitMix64) -> Int? {
        many == nil ? few?.next(among) : many?.next(among)
    }
}

/// Every turn gives each agent its weight in credit and takes the sum of them from the one with most, as nginx does it.
private struct SmoothTurns {
    /// Adds up to 0 over all agents. Each stays within the sum of all weights.
    private var credit: [Int]

    init(_ seats: UnsafeBufferPointer<Seat>, _ random: inout SplitMix64) {
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

    mutating func next(_ among: Candidates) -> Int? {
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
