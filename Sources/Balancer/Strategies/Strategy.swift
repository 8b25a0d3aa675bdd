/// Who gets the next request. A strategy knows nothing of health, breakers, caps and retries: it is offered those
/// that can serve now. One a loop and pool, so it needs no locks; it allocates in `init` alone.
package protocol Strategy: SendableMetatype {
    /// As configurations spell it.
    static var name: String { get }
    /// As other programs and documents call it.
    static var spellings: [String] { get }
    /// For the reference, in a line.
    static var meaning: String { get }

    /// How an agent whose share still rises is held back.
    static var pacing: Pacing { get }

    /// What it looks up and what is too dear to build on an event loop: made once for all loops of a pool, elsewhere.
    static func table(_ agents: [Agent], _ settings: LoadBalancingSettings) -> (any StrategyTable)?

    /// `seats` stay valid as long as the strategy. Beginning at a random place keeps loops, and generations of the
    /// configuration, from all beginning with the same agent.
    init(_ seats: UnsafeBufferPointer<Seat>, _ settings: LoadBalancingSettings, _ random: inout SplitMix64)

    /// Takes what `table` made, before the first choice.
    mutating func use(_ table: any StrategyTable)

    /// The seats' weights may have changed.
    mutating func reweigh()

    /// The usable agent that is to have the request, or nothing if none is usable.
    mutating func choose(_ among: Candidates, _ ask: borrowing Ask, _ random: inout SplitMix64) -> Int?
}

extension Strategy {
    package static var spellings: [String] { [] }
    package static var pacing: Pacing { .credit }
    package static func table(_ agents: [Agent], _ settings: LoadBalancingSettings) -> (any StrategyTable)? { nil }
    package mutating func use(_ table: any StrategyTable) {}
    package mutating func reweigh() {}
}

/// What all loops of a pool look up.
package protocol StrategyTable: AnyObject, Sendable {
    /// Whether it serves a pool of these agents, so that the next generation of the configuration can keep it.
    func fits(_ agents: [Agent]) -> Bool
}

/// How the pick holds back an agent whose share still rises, so that no strategy need know of slow start.
package enum Pacing: Sendable {
    /// It earns its part of every pick and is offered when it has earned a whole one: for strategies that would take it
    /// at once, because it is its turn or because it has nothing to do.
    case credit
    /// It is offered as often as a throw says: for strategies that choose by chance.
    case chance
    /// The key decides whether it is offered, so that each key comes back once: for strategies by which equal keys find
    /// the same agent.
    case key
}
