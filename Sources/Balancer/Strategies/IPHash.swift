import Glibc

/// The same client, the same agent, as long as it can serve; then that client's next best, and nobody else moves.
///
/// Weighted rendezvous hashing: every agent draws a number from the client's key and its own id, exponentially
/// distributed with its weight as rate, and the least wins. Replicas agree, and the order of agents does not matter.
package struct IPHash: Strategy {
    package static let name = "ip-hash"
    package static let meaning = "the same agent for the same client address, by weight"

    private let isEven: Bool

    package init(_ seats: UnsafeBufferPointer<Seat>, _ random: inout SplitMix64) {
        // Agents of weight 0 are never offered, so they do not count.
        let weights = Set(seats.lazy.map(\.weight).filter { $0 > 0 })
        isEven = weights.count <= 1
    }

    package mutating func choose(_ among: Candidates, _ key: UInt64, _ random: inout SplitMix64) -> Int? {
        var chosen: Int?
        var least = Double.infinity
        var index = among.first(from: 0, to: among.count)
        while let here = index {
            let seat = among[here]
            let draw = Double(StableHash.mix(key ^ seat.hash) >> 11) + 0.5
            // A logarithm keeps order, so with equal weights the plain number decides the same.
            let score = isEven ? -draw : -log(draw * 0x1p-53) / Double(seat.weight)
            if score < least {
                least = score
                chosen = here
            }
            index = among.first(from: here + 1, to: among.count)
        }
        return chosen
    }
}
