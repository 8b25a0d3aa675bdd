import Settings

/// The same key, the same agent, by a table of 65,537 places in which each agent has exactly its share.
package struct Maglev: Strategy {
    package static let name = "maglev"
    package static let meaning = "as `hash`: by a table of 65537 places, shares exact"
    package static let pacing = Pacing.key

    package static func table(_ agents: [Agent], _ settings: LoadBalancingSettings) -> (any StrategyTable)? {
        MaglevTable(agents)
    }

    private var jumps: Jumps<MaglevTable>

    package init(_ seats: UnsafeBufferPointer<Seat>, _ settings: LoadBalancingSettings, _ random: inout SplitMix64) {
        jumps = Jumps(seats, bound: settings.hash.boundedLoad.value)
    }

    package mutating func use(_ table: any StrategyTable) { jumps.use(table) }

    package mutating func reweigh() { jumps.reweigh() }

    package mutating func choose(_ among: Candidates, _ ask: borrowing Ask, _ random: inout SplitMix64) -> Int? {
        jumps.choose(among, ask.key, ask.now)
    }
}
