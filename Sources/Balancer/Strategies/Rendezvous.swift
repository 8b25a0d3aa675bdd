import Settings

/// The same key, the same agent: the one that draws best of all for it. Looks at all agents.
package struct Rendezvous: Strategy {
    package static let name = "rendezvous"
    package static let spellings = ["highest-random-weight", "hrw"]
    package static let meaning = "as `hash`: of all agents the one that draws best for the key"
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
