/// Maglev's lookup table (Eisenbud et al., NSDI 2016, 3.4): agents take places in turn, each by a permutation of its
/// own, until all are taken. Shares are as exact as the table is long; a change moves a few keys more than it must.
final class MaglevTable: KeyTable {
    /// A prime, so that every step from every beginning reaches all places.
    static let size = 65_537

    let weights: [Int]
    let hashes: [UInt64]
    /// Agents by place.
    private let places: [UInt16]

    init(_ members: [Agent]) {
        weights = members.map(\.weight)
        hashes = members.map { StableHash.of($0.id) }
        places = MaglevTable.fill(members)
    }

    var isEmpty: Bool { places.isEmpty }

    @inline(__always)
    func owner(of number: UInt64) -> Int {
        Int(places[Int(truncatingIfNeeded: number.multipliedFullWidth(by: UInt64(MaglevTable.size)).high)])
    }

    /// Empty where there is nobody, or more agents than places can name.
    private static func fill(_ members: [Agent]) -> [UInt16] {
        guard members.count <= Int(UInt16.max) else { return [] }
        // By what their ids hash to, so that replicas that list them in another order agree.
        var takers = members.enumerated().filter { $0.element.weight > 0 }.map { Taker($0.offset, $0.element) }
        takers.sort { $0.seed < $1.seed }
        guard let most = takers.map(\.weight).max() else { return [] }
        var places = [UInt16](repeating: .max, count: size)
        var left = size
        while true {
            // The heaviest take a place every round, others as often as their weight says.
            for index in takers.indices {
                takers[index].credit += takers[index].weight
                guard takers[index].credit >= most else { continue }
                takers[index].credit -= most
                var place = takers[index].step()
                while places[place] != .max { place = takers[index].step() }
                places[place] = UInt16(takers[index].agent)
                left -= 1
                if left == 0 { return places }
            }
        }
    }

    private struct Taker {
        let agent: Int
        let seed: UInt64
        let weight: Int
        var credit = 0
        private var place: Int
        private let skip: Int

        init(_ index: Int, _ agent: Agent) {
            self.agent = index
            weight = agent.weight
            seed = StableHash.of(agent.id)
            place = Int(seed % UInt64(size))
            skip = Int(StableHash.mix(seed) % UInt64(size - 1)) + 1
        }

        /// The next place of its permutation.
        mutating func step() -> Int {
            let here = place
            place += skip
            if place >= size { place -= size }
            return here
        }
    }
}
