/// The same key, the same agent: the first of a ring of 160 points for each (times its weight over the mean).
struct Ring: KeyStrategy {
    static let name = "ring"
    static let spellings = ["ring-hash", "consistent", "consistent-hash", "consistent-hashing", "ketama"]
    static let meaning = "as `hash`: the next on a ring of 160 points an agent"

    static func table(_ agents: [Agent], _ settings: LoadBalancingSettings) -> (any StrategyTable)? {
        RingTable(agents)
    }

    var keys: Jumps<RingTable>
}
