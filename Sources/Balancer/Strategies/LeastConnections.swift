/// The one with the fewest requests for its weight, this one included; equals in turn. Looks at all agents.
package struct LeastConnections: Strategy {
    package static let name = "least-connections"
    package static let meaning = "the fewest requests in flight for its weight, equals in turn"

    private var next: Int

    package init(_ seats: UnsafeBufferPointer<Seat>, _ random: inout SplitMix64) {
        next = random.below(max(seats.count, 1))
    }

    package mutating func choose(_ among: Candidates, _ key: UInt64, _ random: inout SplitMix64) -> Int? {
        guard let index = among.leastLoaded(from: next) else { return nil }
        next = index + 1
        return index
    }
}

extension Candidates {
    /// The usable agent of least (in flight + 1) / weight; of equals, the first from `start` on, going round.
    @inline(__always)
    func leastLoaded(from start: Int) -> Int? {
        var best = Load.most
        var chosen: Int?
        look(start, count, &best, &chosen)
        look(0, min(start, count), &best, &chosen)
        return chosen
    }

    @inline(__always)
    private func look(_ start: Int, _ end: Int, _ best: inout Load, _ chosen: inout Int?) {
        var index = first(from: start, to: end)
        while let here = index {
            let load = Load(self[here])
            if load < best {
                best = load
                chosen = here
            }
            index = first(from: here + 1, to: end)
        }
    }
}
