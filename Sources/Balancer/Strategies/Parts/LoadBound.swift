/// Keeps agents from getting far more by key than their share: who has more in flight than `factor` times the mean by
/// weight, this request included, gets no more until it has less (Mirrokni, Thorup, Zadimoghaddam, 2016).
///
/// With few in flight the bound would tear apart the requests of one client while nobody is loaded, so it begins at 8.
/// An agent whose share still rises has that part of both.
struct LoadBound {
    /// As many as that an agent may always have: what `session-affinity` calls not saturated.
    static let least = 8
    /// Pools up to this size are looked at anew for every choice that needs it.
    private static let few = 64

    /// 0: no bound.
    private let factor: Double
    private var requests = 0
    private var weights = 0.0
    /// Until when, and for how many choices, the two are good.
    private var until = Int64.min
    private var choices = 0

    init(_ factor: Double) { self.factor = factor }

    /// Of one whose share still rises its part, and one more: so few come and go by chance.
    @inline(__always)
    static func least(_ seat: Seat) -> Double { seat.ramp < 1 ? Double(least) * seat.ramp + 1 : Double(least) }

    /// Once before the agents of a choice are put to `admits`.
    mutating func begin() { if choices > 0 { choices -= 1 } }

    @inline(__always)
    mutating func admits(_ seat: Seat, _ among: Candidates, _ now: Int64) -> Bool {
        let inFlight = seat.inFlight
        if factor <= 0 || Double(inFlight) < LoadBound.least(seat) { return true }
        return admits(inFlight, Double(seat.weight) * seat.ramp, among, now)
    }

    private mutating func admits(_ inFlight: Int, _ weight: Double, _ among: Candidates, _ now: Int64) -> Bool {
        if choices == 0 || now >= until { look(among, now) }
        // At most ceil(x) with this one is less than x without it.
        return Double(inFlight) * weights < factor * Double(requests + 1) * weight
    }

    /// Over those that can serve. In a large pool a sum may be an eighth of a round, or 5 ms, old.
    private mutating func look(_ among: Candidates, _ now: Int64) {
        requests = 0
        weights = 0
        var index = among.first(from: 0, to: among.count)
        while let here = index {
            requests += among[here].inFlight
            weights += Double(among[here].weight) * among[here].ramp
            index = among.first(from: here + 1, to: among.count)
        }
        choices = among.count <= LoadBound.few ? 1 : among.count / 8
        until = now &+ 5_000_000
    }
}
