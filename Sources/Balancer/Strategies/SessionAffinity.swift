/// A session stays with its owner until that one is saturated; then the cheapest takes what is new of it, until the
/// owner has caught up. The owner is the agent it is bound to, else the key's by rendezvous hashing. Looks at all
/// agents.
package struct SessionAffinity: Strategy {
    package static let name = "session-affinity"
    package static let spellings = ["affinity"]
    package static let meaning = "the session's own agent until it costs 1.5 x the pool's mean, then the cheapest"
    package static let pacing = Pacing.key

    private var owners: Owners
    private var next: Int

    package init(_ seats: UnsafeBufferPointer<Seat>, _ settings: LoadBalancingSettings, _ random: inout SplitMix64) {
        owners = Owners(seats, bound: 0)
        next = random.below(max(seats.count, 1))
    }

    package mutating func reweigh() { owners.reweigh() }

    package mutating func choose(_ among: Candidates, _ ask: borrowing Ask, _ random: inout SplitMix64) -> Int? {
        var bound = among.pinned(ask)
        if bound == nil { bound = owners.owner(of: ask.key, among, ask.now) }
        guard let owner = bound else { return nil }
        guard Saturation.has(owner, among) else { return owner }
        guard let index = Saturation.cheapest(among, from: next) else { return owner }
        next = index + 1
        return index
    }
}

extension Candidates {
    /// The agent that the request is bound to, if it can serve.
    @inline(__always)
    func pinned(_ ask: borrowing Ask) -> Int? {
        let pinned = Int(ask.pinned)
        return pinned >= 0 && pinned < count && isUsable(pinned) ? pinned : nil
    }
}
