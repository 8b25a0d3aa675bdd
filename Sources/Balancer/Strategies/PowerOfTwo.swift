/// The less loaded of two that are drawn at random (Mitzenmacher, 2001), where there are too many to look at all.
package struct PowerOfTwo: Strategy {
    package static let name = "power-of-two"
    package static let spellings = ["power-of-two-choices", "p2c", "random-two", "random-two-choices"]
    package static let meaning = "the less loaded of two drawn at random (of all, up to 16)"

    /// With so few a look at all costs no more than two draws, and two drawn from two miss the better one at times.
    private static let few = 16

    private var next: Int

    package init(_ seats: UnsafeBufferPointer<Seat>, _ settings: LoadBalancingSettings, _ random: inout SplitMix64) {
        next = random.below(max(seats.count, 1))
    }

    package mutating func choose(_ among: Candidates, _ ask: borrowing Ask, _ random: inout SplitMix64) -> Int? {
        guard among.count > PowerOfTwo.few else {
            guard let index = among.leastLoaded(from: next) else { return nil }
            next = index + 1
            return index
        }
        guard let one = among.any(&random) else { return nil }
        // Where few are usable the same one may come up again and again; then one is enough.
        for _ in 0..<4 {
            guard let other = among.any(&random), other != one else { continue }
            return Load(among[other]) < Load(among[one]) ? other : one
        }
        return one
    }
}
