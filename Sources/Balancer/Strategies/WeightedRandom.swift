/// Any, each as likely as its weight says.
package struct WeightedRandom: Strategy {
    package static let name = "weighted-random"
    package static let meaning = "any, each as likely as its weight says"
    package static let pacing = Pacing.chance

    private let seats: UnsafeBufferPointer<Seat>
    private var table: AliasTable

    package init(_ seats: UnsafeBufferPointer<Seat>, _ settings: LoadBalancingSettings, _ random: inout SplitMix64) {
        self.seats = seats
        table = AliasTable(count: seats.count)
        table.build(seats)
    }

    package mutating func reweigh() { table.build(seats) }

    package mutating func choose(_ among: Candidates, _ ask: borrowing Ask, _ random: inout SplitMix64) -> Int? {
        guard !table.isEmpty else { return nil }
        // Drawing again until it is a usable one keeps the shares of those; most are usable most of the time.
        for _ in 0..<8 {
            let index = table.draw(&random)
            if among.isUsable(index) { return index }
        }
        return among.anyByWeight(&random)
    }
}

extension Candidates {
    /// A usable agent by weight. Looks at all.
    func anyByWeight(_ random: inout SplitMix64) -> Int? {
        var sum = 0
        var chosen: Int?
        var index = first(from: 0, to: count)
        while let here = index {
            // The n-th replaces what was drawn of those before it with its share of the sum so far.
            let weight = self[here].weight
            sum += weight
            if weight > 0, random.below(sum) < weight { chosen = here }
            index = first(from: here + 1, to: count)
        }
        return chosen
    }
}
