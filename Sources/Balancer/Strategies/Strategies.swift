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

    /// Names that are accepted and not here yet; each moves up into the list in its time.
    package static let later: [String] = []

    /// What does the work under a name that is not here yet.
    package static var standIn: any Strategy.Type { LeastConnections.self }

    package static let here = Dictionary(uniqueKeysWithValues: list.map { ($0.name, $0) })
    package static let names: [String] = list.map { $0.name } + later

    /// What each does, in a line for the reference of the configuration.
    static var reference: String {
        list.map { "`\($0.name)` \($0.meaning)" }.joined(separator: "; ")
            + (later.isEmpty ? "" : "; others are not yet in this version, and `\(standIn.name)` stands in")
    }
}
