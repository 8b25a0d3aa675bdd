import Settings

/// The least time to answer x requests for its weight, as nginx's `least_time` weighs both: load as it is now, beside
/// what it made of the time a moment ago. Equals in turn. Looks at all agents.
package struct LeastTime: Strategy {
    package static let name = "least-time"
    package static let spellings = ["least-latency", "least-response-time", "response-time"]
    package static let meaning = "the least mean time to the first or last byte (`leastTime`) x requests for its weight"

    private let goesByLastByte: Bool
    private var next: Int

    package init(_ seats: UnsafeBufferPointer<Seat>, _ settings: LoadBalancingSettings, _ random: inout SplitMix64) {
        goesByLastByte = settings.leastTime == .lastByte
        next = random.below(max(seats.count, 1))
    }

    package mutating func choose(_ among: Candidates, _ ask: borrowing Ask, _ random: inout SplitMix64) -> Int? {
        let now = ask.now
        let index =
            goesByLastByte
            ? among.cheapest(from: next) { Cost.faded($0.figures.pointee.lastByte, $0, now) }
            : among.cheapest(from: next) { Cost.faded($0.figures.pointee.firstByte, $0, now) }
        if let index { next = index + 1 }
        return index
    }
}

/// The key `loadBalancing.leastTime`: the time that `least-time` goes by.
package enum LeastTimeOf: String, Variant {
    case firstByte = "first-byte"
    case lastByte = "last-byte"

    package static var noun: String { "time" }
    package static var spellings: [String: LeastTimeOf] { ["header": .firstByte] }
}
