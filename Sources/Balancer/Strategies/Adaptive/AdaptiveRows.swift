internal import Settings

/// What each agent of a pool would cost at each load, as one loop has it: made anew from what all loops know, at most
/// every ten milliseconds, so that a pick looks up and compares.
final class AdaptiveRows {
    /// How old a row may be, in nanoseconds: far less than it takes to learn anything.
    static let age: Int64 = 10_000_000
    /// The same of what concerns the whole pool.
    static let meanAge: Int64 = 100_000_000

    /// `LoadCurve.points` an agent: the cost at 1, 2, 4 ... in flight, the new request included.
    let costs: UnsafeMutablePointer<Float>
    private let seats: UnsafeBufferPointer<Seat>
    private let renewed: UnsafeMutablePointer<Int64>
    private let courses: UnsafeMutablePointer<ReportCourse>
    private let weighing: AdaptiveWeighing
    private let part: Int64
    private var means = AdaptiveMeans()
    private var allRenewed = Int64.min / 2
    private var meansRenewed = Int64.min / 2

    init(_ seats: UnsafeBufferPointer<Seat>, _ settings: LoadBalancingSettings) {
        self.seats = seats
        weighing = AdaptiveWeighing(settings.adaptive)
        part = BreakerPolicy.part(of: settings.circuitBreaker)
        let count = max(seats.count, 1)
        costs = .allocate(capacity: count * LoadCurve.points)
        costs.initialize(repeating: 0, count: count * LoadCurve.points)
        renewed = .allocate(capacity: count)
        renewed.initialize(repeating: .min / 2, count: count)
        courses = .allocate(capacity: count)
        courses.initialize(repeating: ReportCourse(), count: count)
    }

    deinit {
        costs.deallocate()
        renewed.deallocate()
        courses.deinitialize(count: max(seats.count, 1))
        courses.deallocate()
    }

    /// All rows, if they are old.
    @inline(__always)
    func renewAll(_ now: Int64) {
        if now &- allRenewed >= Self.age { makeAll(now) }
    }

    /// One row, if it is old.
    @inline(__always)
    func renew(_ index: Int, _ now: Int64) {
        guard now &- renewed[index] >= Self.age else { return }
        renewed[index] = now
        make(index, now)
    }

    @inline(__always)
    func renewMeans(_ now: Int64) {
        if now &- meansRenewed >= Self.meanAge { makeMeans(now) }
    }

    /// Weights may have changed.
    func reweigh() {
        meansRenewed = .min / 2
        allRenewed = .min / 2
    }

    private func makeAll(_ now: Int64) {
        allRenewed = now
        renewMeans(now)
        for index in seats.indices { make(index, now) }
    }

    private func makeMeans(_ now: Int64) {
        meansRenewed = now
        means = AdaptiveMeans()
        for seat in seats where seat.weight > 0 {
            means.add(weight: seat.weight, time: seat.figures.pointee.curve.point(0))
            means.add(seat.figures.pointee.curve)
        }
    }

    private func make(_ index: Int, _ now: Int64) {
        let seat = seats[index]
        guard seat.weight > 0 else { return }
        let weight = Double(seat.weight) / means.weight * share(index, seat, now)
        let cost = AdaptiveCost(seat.figures, weight: weight, means, weighing, part: part, now)
        let row = costs + index * LoadCurve.points
        for point in 0..<LoadCurve.points { row[point] = cost.at(point) }
    }

    private func share(_ index: Int, _ seat: Seat, _ now: Int64) -> Double {
        if courses[index].isAtRest, seat.state._withUnsafeGuaranteedRef({ $0.reportCount }) == 0 { return 1 }
        courses[index].follow(seat.state, weighing, now)
        return courses[index].share
    }
}
