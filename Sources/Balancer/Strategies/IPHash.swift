import Settings

/// The same client, the same agent, as long as it can serve; then that client's next best, and nobody else moves.
package struct IPHash: Strategy {
    package static let name = "ip-hash"
    package static let spellings = ["source", "source-ip", "client-ip"]
    package static let meaning = "the same agent for the same client address, by weight"
    package static let pacing = Pacing.key

    private var owners: Owners

    package init(_ seats: UnsafeBufferPointer<Seat>, _ settings: LoadBalancingSettings, _ random: inout SplitMix64) {
        owners = Owners(seats, bound: settings.hash.boundedLoad.value)
    }

    package mutating func reweigh() { owners.reweigh() }

    package mutating func choose(_ among: Candidates, _ ask: borrowing Ask, _ random: inout SplitMix64) -> Int? {
        owners.owner(of: ask.key, among, ask.now)
    }
}
