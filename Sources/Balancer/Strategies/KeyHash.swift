import Settings

/// The same key, the same agent: what `hash.on` names decides, whichever of the ways to hash serves the pool best.
/// Today it is `rendezvous`, which moves the fewest keys and shares them out most evenly.
package struct KeyHash: Strategy {
    package static let name = "hash"
    package static let meaning = "the same agent for the same value of `hash.on`, by weight"
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
