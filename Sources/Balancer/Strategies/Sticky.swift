/// Whoever came before goes where it was (`affinity` says how that is known); who is new, and whose agent is gone, goes
/// to the cheapest: service time x requests for its weight. Equals in turn. Looks at all agents for those.
package struct Sticky: Strategy {
    package static let name = "sticky"
    package static let spellings = ["sticky-session", "sticky-sessions"]
    package static let meaning = "the agent that the client was bound to before (`affinity`), else the cheapest"

    private var next: Int

    package init(_ seats: UnsafeBufferPointer<Seat>, _ settings: LoadBalancingSettings, _ random: inout SplitMix64) {
        next = random.below(max(seats.count, 1))
    }

    package mutating func choose(_ among: Candidates, _ ask: borrowing Ask, _ random: inout SplitMix64) -> Int? {
        if let pinned = among.pinned(ask) { return pinned }
        let now = ask.now
        guard let index = among.cheapest(from: next, { Cost.faded($0.figures.pointee.service, $0, now) }) else {
            return nil
        }
        next = index + 1
        return index
    }
}
