/// What a request would cost with an agent: a time x (in flight + 1) / weight. Two of these differ from agent to agent
/// in the time that they go by, and in what they do about an agent of which nothing is known.
struct Cost {
    /// An idle agent's estimate is halved in this time, nanoseconds: nobody is shunned for ever for what he once was.
    private static let fading = 10_000_000_000.0

    /// Of whom a time is known: the least cost. Of the others: the least load.
    private(set) var cost = Double.infinity
    private var load = Double.infinity
    private var known: Int?
    private var unknown: Int?
    /// The least time that is known: what one without figures is taken to need, so that it is tried, and not flooded.
    private var time = Double.infinity

    /// `time` in any unit, 0 if there is none yet; `part` of its weight.
    @inline(__always)
    mutating func add(_ index: Int, _ seat: Seat, time: Double, part: Double = 1) {
        let load = Double(seat.inFlight + 1) / (Double(seat.weight) * part)
        if time > 0 {
            self.time = min(self.time, time)
            if time * load < cost {
                cost = time * load
                known = index
            }
        } else if load < self.load {
            self.load = load
            unknown = index
        }
    }

    /// The cheapest of those that were added; of equals the first.
    var cheapest: Int? {
        guard let unknown else { return known }
        guard let known else { return unknown }
        return load * time <= cost ? unknown : known
    }

    /// An estimate, less of it the longer an agent that has nothing to do has not shown what it is.
    @inline(__always)
    static func faded(_ time: Double, _ seat: Seat, _ now: Int64) -> Double {
        guard seat.inFlight == 0 else { return time }
        return time * fading / (fading + Double(max(now &- seat.figures.pointee.lastAnswer, 0)))
    }
}

extension Candidates {
    /// The usable agent of least cost by `time`; of equals, the first from `start` on, going round.
    @inline(__always)
    func cheapest(from start: Int, _ time: (borrowing Seat) -> Double) -> Int? {
        var cost = Cost()
        eachUsable(from: start) { cost.add($0, self[$0], time: time(self[$0])) }
        return cost.cheapest
    }
}
