import Glibc

/// Which agent a key belongs to, by weighted rendezvous hashing (Thaler, Ravishankar, 1998; weights: Schindelhauer,
/// Schomaker, 2005): every agent draws a number from the key and its own id, exponentially distributed with its weight
/// as rate, and the least wins. Replicas agree, and the order of agents does not matter.
///
/// An agent that is out, or over its bound, leaves its keys to those that drew next: anyone, and always the same.
struct Owners: KeyOwners {
    private let seats: UnsafeBufferPointer<Seat>
    private var isEven: Bool
    private var bound: LoadBound

    init(_ seats: UnsafeBufferPointer<Seat>, bound factor: Double) {
        self.seats = seats
        isEven = Owners.isEven(seats)
        bound = LoadBound(factor)
    }

    mutating func reweigh() { isEven = Owners.isEven(seats) }

    /// Agents of weight 0 are never offered, so they do not count.
    private static func isEven(_ seats: UnsafeBufferPointer<Seat>) -> Bool {
        let first = seats.first { $0.weight > 0 }
        return seats.allSatisfy { $0.weight <= 0 || $0.weight == first?.weight }
    }

    mutating func owner(of key: UInt64, _ among: Candidates, _ now: Int64) -> Int? {
        bound.begin()
        // Nobody is left where others took places meanwhile: then load alone decides.
        return (isEven ? ofEqual(key, among, now) : ofUnequal(key, among, now)) ?? among.leastLoaded(from: 0)
    }

    /// A logarithm keeps order, so with equal weights the plain number decides the same: the greatest wins.
    private mutating func ofEqual(_ key: UInt64, _ among: Candidates, _ now: Int64) -> Int? {
        var chosen: Int?
        var most: UInt64 = 0
        var index = among.first(from: 0, to: among.count)
        while let here = index {
            let draw = StableHash.mix(key ^ among[here].hash) >> 11
            if draw > most || chosen == nil, bound.admits(among[here], among, now) {
                most = draw
                chosen = here
            }
            index = among.first(from: here + 1, to: among.count)
        }
        return chosen
    }

    private mutating func ofUnequal(_ key: UInt64, _ among: Candidates, _ now: Int64) -> Int? {
        var chosen: Int?
        var least = Double.infinity
        var index = among.first(from: 0, to: among.count)
        while let here = index {
            let draw = (Double(StableHash.mix(key ^ among[here].hash) >> 11) + 0.5) * 0x1p-53
            let weight = Double(among[here].weight)
            // -log(x) is at least 1 - x: most can be told to lose without a logarithm.
            if 1 - draw < least * weight {
                let score = -log(draw) / weight
                if score < least, bound.admits(among[here], among, now) {
                    least = score
                    chosen = here
                }
            }
            index = among.first(from: here + 1, to: among.count)
        }
        return chosen
    }
}
