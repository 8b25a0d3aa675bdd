import Settings

/// The same key, the same agent: the first of a ring of 160 points for each (times its weight over the mean).
package struct Ring: Strategy {
    package static let name = "ring"
    package static let spellings = ["ring-hash", "consistent", "consistent-hash", "consistent-hashing", "ketama"]
    package static let meaning = "as `hash`: the next on a ring of 160 points an agent"
    package static let pacing = Pacing.key

    package static func table(_ agents: [Agent], _ settings: LoadBalancingSettings) -> (any StrategyTable)? {
        RingTable(agents)
    }

    private var jumps: Jumps<RingTable>

    package init(_ seats: UnsafeBufferPointer<Seat>, _ settings: LoadBalancingSettings, _ random: inout SplitMix64) {
        jumps = Jumps(seats, bound: settings.hash.boundedLoad.value)
    }

    package mutating func use(_ table: any StrategyTable) { jumps.use(table) }

    package mutating func reweigh() { jumps.reweigh() }

    package mutating func choose(_ among: Candidates, _ ask: borrowing Ask, _ random: inout SplitMix64) -> Int? {
        jumps.choose(among, ask.key, ask.now)
    }
}
