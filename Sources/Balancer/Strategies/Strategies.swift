/// The strategies there are. To add one: a file beside this one, and a line here.
package enum Strategies {
    package static let list: [any Strategy.Type] = [
        RoundRobin.self,
        WeightedRoundRobin.self,
        UniformRandom.self,
        WeightedRandom.self,
        LeastConnections.self,
        PowerOfTwo.self,
        LeastTime.self,
        PeakEWMA.self,
        LeastTokens.self,
        IPHash.self,
        KeyHash.self,
        Rendezvous.self,
        Ring.self,
        Maglev.self,
        Sticky.self,
        SessionAffinity.self,
        Priority.self,
        First.self,
        LoadReportShare.self,
        Adaptive.self,
    ]

    static let byName = Dictionary(uniqueKeysWithValues: list.map { ($0.name, $0) })

    /// What each does, in a line for the reference of the configuration.
    static var reference: String {
        list.map { "`\($0.name)` \($0.meaning)" }.joined(separator: "; ")
    }
}
