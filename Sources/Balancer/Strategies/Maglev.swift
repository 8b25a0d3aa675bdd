/// The same key, the same agent, by a table of 65,537 places in which each agent has exactly its share.
struct Maglev: KeyStrategy {
    static let name = "maglev"
    static let meaning = "as `hash`: by a table of 65537 places, shares exact"

    static func table(_ agents: [Agent], _ settings: LoadBalancingSettings) -> (any StrategyTable)? {
        MaglevTable(agents)
    }

    var keys: Jumps<MaglevTable>
}
