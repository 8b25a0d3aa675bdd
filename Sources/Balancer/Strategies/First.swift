/// The first that can serve, in the pool's order: as few as possible are busy, each up to its cap.
package struct First: Strategy {
    package static let name = "first"
    package static let spellings = ["first-available"]
    package static let meaning = "the first in the pool's order that is not at its `maxConcurrent`"

    package init(_ seats: UnsafeBufferPointer<Seat>, _ settings: LoadBalancingSettings, _ random: inout SplitMix64) {}

    package mutating func choose(_ among: Candidates, _ ask: borrowing Ask, _ random: inout SplitMix64) -> Int? {
        among.first(from: 0, to: among.count)
    }
}
