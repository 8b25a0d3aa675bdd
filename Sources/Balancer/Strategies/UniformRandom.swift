/// Any, each as likely as the others, whatever their weights.
package struct UniformRandom: Strategy {
    package static let name = "random"
    package static let meaning = "any, each as likely as the others, whatever their weights"
    package static let pacing = Pacing.chance

    package init(_ seats: UnsafeBufferPointer<Seat>, _ settings: LoadBalancingSettings, _ random: inout SplitMix64) {}

    package mutating func choose(_ among: Candidates, _ ask: borrowing Ask, _ random: inout SplitMix64) -> Int? {
        among.any(&random)
    }
}
