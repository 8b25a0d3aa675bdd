/// The least peak of the time to first byte x requests for its weight: a slow answer counts at once, and is forgotten
/// slowly, by 1/e in 10 s (Finagle's peak EWMA). Equals in turn. Looks at all agents.
package struct PeakEWMA: Strategy {
    package static let name = "peak-ewma"
    package static let spellings = ["ewma"]
    package static let meaning = "the least recent peak of the time to first byte x requests for its weight"

    private var next: Int

    package init(_ seats: UnsafeBufferPointer<Seat>, _ settings: LoadBalancingSettings, _ random: inout SplitMix64) {
        next = random.below(max(seats.count, 1))
    }

    package mutating func choose(_ among: Candidates, _ ask: borrowing Ask, _ random: inout SplitMix64) -> Int? {
        let now = ask.now
        let index = among.cheapest(from: next) { seat in
            Cost.faded(seat.figures.pointee.peakFirstByte(now, tau: AgentFigures.peakTime), seat, now)
        }
        if let index { next = index + 1 }
        return index
    }
}
