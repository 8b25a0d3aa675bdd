/// Whether an agent has so much to do that even those that belong to it are better served elsewhere: its cost over 1.5
/// times the pool's mean, with at least 8 requests in flight. Cost is its service time x (in flight + 1) / weight. An
/// agent whose share still rises has that part of its weight, and of the 8.
enum Saturation {
    private static let factor = 1.5

    static func has(_ index: Int, _ among: Candidates) -> Bool {
        guard Double(among[index].inFlight) >= LoadBound.least(among[index]) else { return false }
        var sum = 0.0
        var known = 0.0
        var loads = 0.0
        var blind = 0.0
        var count = 0.0
        among.eachUsable(from: 0) { agent in
            let seat = among[agent]
            let load = load(seat)
            let service = seat.figures.pointee.service
            count += 1
            if service > 0 {
                sum += service * load
                known += service
                loads += 1
            } else {
                blind += load
            }
        }
        // One without figures is taken to be as fast as the mean of those that have some.
        let mean = loads > 0 ? known / loads : 1
        let own = among[index].figures.pointee.service
        let cost = (own > 0 ? own : mean) * load(among[index])
        return count > 1 && cost > factor * (sum + blind * mean) / count
    }

    private static func load(_ seat: Seat) -> Double {
        Double(seat.inFlight + 1) / (Double(seat.weight) * seat.ramp)
    }

    /// Whoever serves best what the owner cannot; of equals, the first from `start` on.
    static func cheapest(_ among: Candidates, from start: Int) -> Int? {
        var cost = Cost()
        among.eachUsable(from: start) { index in
            let seat = among[index]
            cost.add(index, seat, time: seat.figures.pointee.service, part: seat.ramp)
        }
        return cost.cheapest
    }
}
