/// What became of the requests of a run.
struct Tally {
    private struct Answer {
        let arrived: Int64
        /// Nanoseconds to the first byte.
        let time: Int64
    }

    private var answers: [Answer] = []
    private var failures = 0
    private var failedAttempts = 0
    /// A request that nobody answered counts as one that took this long, so that failing fast is no advantage.
    static let failed: Int64 = 30_000_000_000
    /// Of an outturn's course.
    static let windows = 60

    mutating func answered(_ request: SimulatedRequest, _ now: Int64) {
        answers.append(Answer(arrived: request.arrived, time: now - request.arrived))
    }

    mutating func failed(_ request: SimulatedRequest, _ now: Int64) {
        failures += 1
        if request.phase != .streaming { answers.append(Answer(arrived: request.arrived, time: Tally.failed)) }
    }

    mutating func attemptFailed() { failedAttempts += 1 }

    func outturn(_ agents: [SimulatedAgent], slots: Int, _ start: Int64, _ end: Int64) -> Outturn {
        let sorted = answers.map(\.time).sorted()
        let used = agents.map { $0.busy / Double(max(end - start, 1)) / Double(slots) }
        let mean = used.reduce(0, +) / Double(max(used.count, 1))
        return Outturn(
            p50: Tally.quantile(0.5, sorted), p99: Tally.quantile(0.99, sorted), p999: Tally.quantile(0.999, sorted),
            imbalance: mean > 0 ? (used.max() ?? 0) / mean : 1, failed: Double(failures),
            failedAttempts: Double(failedAttempts), course: course(start, end))
    }

    /// Milliseconds.
    private static func quantile(_ part: Double, _ sorted: [Int64]) -> Double {
        guard !sorted.isEmpty else { return 0 }
        return Double(sorted[min(Int(Double(sorted.count) * part), sorted.count - 1)]) / 1e6
    }

    private func course(_ start: Int64, _ end: Int64) -> [Double] {
        var times = [[Int64]](repeating: [], count: Tally.windows)
        for answer in answers {
            let window = (answer.arrived - start) * Int64(Tally.windows) / max(end - start, 1)
            times[min(max(Int(window), 0), Tally.windows - 1)].append(answer.time)
        }
        return times.map { Tally.quantile(0.99, $0.sorted()) }
    }
}

/// What a run came to, or the mean of several. Times are milliseconds to the first byte.
package struct Outturn {
    package var p50 = 0.0
    package var p99 = 0.0
    package var p999 = 0.0
    /// How busy the busiest agent was, to the mean of all.
    package var imbalance = 0.0
    package var failed = 0.0
    package var failedAttempts = 0.0
    /// The p99 of each sixtieth of the run.
    package var course: [Double] = []

    package static func mean(of all: [Outturn]) -> Outturn {
        func mean(_ value: (Outturn) -> Double) -> Double { all.map(value).reduce(0, +) / Double(max(all.count, 1)) }
        return Outturn(
            p50: mean(\.p50), p99: mean(\.p99), p999: mean(\.p999), imbalance: mean(\.imbalance),
            failed: mean(\.failed),
            failedAttempts: mean(\.failedAttempts),
            course: (0..<(all.first?.course.count ?? 0)).map { window in mean { $0.course[window] } })
    }
}
