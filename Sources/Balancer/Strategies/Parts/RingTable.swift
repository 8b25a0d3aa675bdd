/// The ring of consistent hashing (Karger et al., 1997): every agent stands at many points, and a number belongs to the
/// first point from it on.
final class RingTable: KeyTable {
    /// Points of an agent of mean weight, as in ketama.
    private static let points = 160
    /// In all; large pools get fewer for each agent. 1.5 MiB.
    private static let most = 1 << 17

    let weights: [Int]
    let hashes: [UInt64]
    /// In order.
    private let positions: [UInt64]
    private let agents: [Int32]
    /// The first point from each of 2^n equal parts of the ring on, so that a lookup begins next to where it ends.
    private let starts: [Int32]
    private let shift: UInt64

    init(_ members: [Agent]) {
        weights = members.map(\.weight)
        hashes = members.map { StableHash.of($0.id) }
        let sum = weights.reduce(0.0) { $0 + Double($1) }
        let count = weights.count { $0 > 0 }
        let all = Double(min(RingTable.points * count, max(RingTable.most, count)))
        var placed: [(position: UInt64, agent: Int32)] = []
        placed.reserveCapacity(Int(all) + count)
        for (index, agent) in members.enumerated() where agent.weight > 0 {
            let seed = hashes[index]
            let own = max(Int((all * Double(agent.weight) / sum).rounded()), 1)
            for point in 0..<UInt64(own) {
                // Point n of an agent stands where it stood, whatever its weight and however many others there are.
                placed.append((StableHash.mix(seed &+ StableHash.mix(point &+ 1)), Int32(index)))
            }
        }
        placed.sort { $0.position < $1.position }
        positions = placed.map(\.position)
        agents = placed.map(\.agent)
        let bits = UInt64(max(Int.bitWidth - max(placed.count - 1, 1).leadingZeroBitCount, 1))
        shift = 64 - bits
        var starts: [Int32] = []
        starts.reserveCapacity(1 << Int(bits))
        var point = 0
        for part in 0..<UInt64(1) << bits {
            while point < placed.count, placed[point].position < part << shift { point += 1 }
            starts.append(Int32(point))
        }
        self.starts = starts
    }

    var isEmpty: Bool { positions.isEmpty }

    func owner(of number: UInt64) -> Int {
        var point = Int(starts[Int(number >> shift)])
        while point < positions.count, positions[point] < number { point += 1 }
        return Int(agents[point < positions.count ? point : 0])
    }
}
