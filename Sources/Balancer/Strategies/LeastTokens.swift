/// The fewest outstanding tokens for its weight, as estimated from the requests; equals by requests in flight, then in
/// turn. Looks at all agents.
package struct LeastTokens: Strategy {
    package static let name = "least-tokens"
    package static let spellings = ["fewest-tokens"]
    package static let meaning = "the fewest estimated tokens outstanding for its weight, then the fewest requests"

    private var next: Int

    package init(_ seats: UnsafeBufferPointer<Seat>, _ settings: LoadBalancingSettings, _ random: inout SplitMix64) {
        next = random.below(max(seats.count, 1))
    }

    package mutating func choose(_ among: Candidates, _ ask: borrowing Ask, _ random: inout SplitMix64) -> Int? {
        // The request's own count, so that of idle agents the heavier is taken, as with least-connections. Where nobody
        // knows what requests cost all are equal, and what is in flight decides.
        let own = ask.tokens
        let index = among.least(from: next) { _, seat in
            Load(requests: max(seat.figures.pointee.outstandingTokens, 0) + own, weight: seat.weight)
        } orElse: { _, seat in
            Load(seat)
        }
        if let index { next = index + 1 }
        return index
    }
}
