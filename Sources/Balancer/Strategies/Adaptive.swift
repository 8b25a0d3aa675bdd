internal import Settings

/// The agent where the answer is expected soonest.
///
/// The cost of an agent is the time to first byte that its `LoadCurve` expects with one request more, as its row of
/// `AdaptiveRows` has it: raised while what waits there grows older than expected, and for errors, and by a little for
/// each doubling of what is in flight for its effective weight. Pools of up to 16 are looked at whole; of larger ones,
/// six drawn at random and the last four that were chosen.
package struct Adaptive: Strategy {
    package static let name = "adaptive"
    package static let meaning =
        "the agent where the first byte is expected soonest, from its answers at each load and from what it reports"

    private static let few = 16
    private static let drawn = 6

    private let rows: AdaptiveRows
    private let costs: UnsafePointer<Float>
    private var next: Int
    /// Chosen before, which were the best of their draws.
    private var kept = InlineArray<4, Int32>(repeating: -1)
    private var turn = 0

    package init(_ seats: UnsafeBufferPointer<Seat>, _ settings: LoadBalancingSettings, _ random: inout SplitMix64) {
        next = random.below(max(seats.count, 1))
        rows = AdaptiveRows(seats, settings)
        costs = UnsafePointer(rows.costs)
    }

    package mutating func reweigh() { rows.reweigh() }

    package mutating func choose(_ among: Candidates, _ ask: borrowing Ask, _ random: inout SplitMix64) -> Int? {
        guard among.count > Self.few else { return scan(among, ask.now) }
        return draw(among, ask.now, &random)
    }

    /// The best of all; of equals, the first from `next` on.
    @inline(__always)
    private mutating func scan(_ among: Candidates, _ now: Int64) -> Int? {
        rows.renewAll(now)
        var least = Float.infinity
        var chosen: Int?
        look(among, next, among.count, &least, &chosen)
        look(among, 0, min(next, among.count), &least, &chosen)
        if let chosen { next = chosen + 1 }
        return chosen
    }

    @inline(__always)
    private func look(_ among: Candidates, _ start: Int, _ end: Int, _ least: inout Float, _ chosen: inout Int?) {
        var index = among.first(from: start, to: end)
        while let here = index {
            let cost = cost(here, among[here].inFlight)
            if cost < least || chosen == nil {
                least = cost
                chosen = here
            }
            index = among.first(from: here + 1, to: end)
        }
    }

    /// The best of some.
    private mutating func draw(_ among: Candidates, _ now: Int64, _ random: inout SplitMix64) -> Int? {
        rows.renewMeans(now)
        var least = Float.infinity
        var chosen: Int?
        for _ in 0..<Self.drawn {
            guard let index = among.any(&random) else { return nil }
            rows.renew(index, now)
            let cost = cost(index, among[index].inFlight)
            if cost < least || chosen == nil {
                least = cost
                chosen = index
            }
        }
        for position in 0..<4 {
            let index = Int(kept[position])
            guard index >= 0, among.isUsable(index) else { continue }
            rows.renew(index, now)
            let cost = cost(index, among[index].inFlight)
            if cost < least {
                least = cost
                chosen = index
            }
        }
        guard let chosen else { return nil }
        kept[turn] = Int32(truncatingIfNeeded: chosen)
        turn = (turn + 1) & 3
        return chosen
    }

    /// Of one request more.
    @inline(__always)
    private func cost(_ index: Int, _ inFlight: Int) -> Float {
        let place = LoadCurve.Place(inFlight + 1)
        let point = costs + (index &* LoadCurve.points &+ place.index)
        return point[0] + (point[1] - point[0]) * place.part
    }
}
