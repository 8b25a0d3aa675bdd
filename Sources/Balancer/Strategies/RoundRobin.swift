/// One after the other, whatever their weights.
package struct RoundRobin: Strategy {
    package static let name = "round-robin"
    package static let spellings = ["rr"]
    package static let meaning = "one after the other, whatever their weights"

    private var next: Int

    package init(_ seats: UnsafeBufferPointer<Seat>, _ settings: LoadBalancingSettings, _ random: inout SplitMix64) {
        next = random.below(max(seats.count, 1))
    }

    package mutating func choose(_ among: Candidates, _ ask: borrowing Ask, _ random: inout SplitMix64) -> Int? {
        guard let index = among.first(from: next) else { return nil }
        // Behind the chosen one, not behind where the search began: an agent that is out leaves its turn to all.
        next = index + 1
        return index
    }
}
