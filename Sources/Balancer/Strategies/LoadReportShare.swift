/// In turn, each as often as it says it can: weights from the agents' own load reports, requests a second over
/// utilisation (client-side weighted round robin, gRPC's A58). Who has not reported lately counts as the mean of those
/// who have; while fewer than two have, configured weights decide.
package struct LoadReportShare: Strategy {
    package static let name = "load-report"
    package static let spellings = ["load-reports", "client-side-weighted-round-robin"]
    package static let meaning = "in turn by the agents' own load reports: requests a second over utilisation"

    private let seats: UnsafeBufferPointer<Seat>
    private let part: Int64
    private var turns: Turns
    private var weights: [Double]
    /// Since when each has had reports without a gap; `.max`: it has none.
    private var since: [Int64]
    private var due = Int64.min

    package init(_ seats: UnsafeBufferPointer<Seat>, _ settings: LoadBalancingSettings, _ random: inout SplitMix64) {
        self.seats = seats
        part = BreakerPolicy.part(of: settings.circuitBreaker)
        turns = Turns(count: seats.count, &random)
        weights = Array(repeating: 0, count: seats.count)
        since = Array(repeating: .max, count: seats.count)
    }

    package mutating func reweigh() { due = .min }

    package mutating func choose(_ among: Candidates, _ ask: borrowing Ask, _ random: inout SplitMix64) -> Int? {
        if ask.now >= due { weigh(ask.now) }
        return turns.next(among)
    }

    private mutating func weigh(_ now: Int64) {
        due = now &+ ReportedWeight.period
        var sum = 0.0
        var count = 0.0
        for index in weights.indices {
            weights[index] = seats[index].weight > 0 ? reported(index, now) : 0
            if weights[index] > 0 {
                sum += weights[index]
                count += 1
            }
        }
        for index in weights.indices where weights[index] == 0 || count < 2 {
            let weight = seats[index].weight
            weights[index] = count < 2 ? Double(weight) : weight > 0 ? sum / count : 0
        }
        let weights = weights
        turns.weigh { weights[$0] }
    }

    private mutating func reported(_ index: Int, _ now: Int64) -> Double {
        let weight = seats[index].state._withUnsafeGuaranteedRef { ReportedWeight.of($0, now, part: part) }
        guard let weight else {
            since[index] = .max
            return 0
        }
        since[index] = min(since[index], now)
        return now &- since[index] >= ReportedWeight.quiet ? weight : 0
    }
}

/// What an agent's load report says of the share it can carry.
private enum ReportedWeight {
    /// Weights are taken anew this often, in nanoseconds.
    static let period: Int64 = 1_000_000_000
    /// The first reports of an agent are of too few requests to go by.
    static let quiet: Int64 = 10_000_000_000
    /// How much errors count beside utilisation: at 1, one that fails a tenth of its requests seems a tenth busier.
    private static let penalty = 1.0

    /// nil where there is no fresh report, or none that says enough.
    static func of(_ state: AgentState, _ now: Int64, part: Int64) -> Double? {
        guard state.reportCount > 0 else { return nil }
        let board = state.reported
        let application = board.fresh(.utilization, now) ?? 0
        guard let utilization = application > 0 ? application : board.fresh(.cpu, now) else { return nil }
        // One that does not count its requests: as we do.
        let own = Double(state.figurePointer.pointee.window.last(now, part: part)) / (Double(part) / 1e9)
        let rate = board.fresh(.rps, now) ?? own
        guard rate > 0 else { return nil }
        let busy = utilization + (board.fresh(.eps, now) ?? 0) / rate * penalty
        let weight = rate / busy
        // whatever an agent claims, sums and quotients of weights stay finite
        return busy > 0 && weight.isFinite ? min(max(weight, 1e-6), 1e12) : nil
    }
}
