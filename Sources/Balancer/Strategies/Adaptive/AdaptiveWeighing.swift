internal import Glibc
internal import Settings

/// How much what agents report counts for `adaptive`. Times are nanoseconds.
package struct AdaptiveWeighing: Sendable {
    /// A single metric beyond this counts by itself, whatever the others say.
    static let alarm = 0.8
    /// Nobody is ever quite full: the agent with the least to spare keeps a share.
    static let most = 0.95
    /// Requests that wait in an agent which count as full.
    static let fullQueue = 5.0

    /// How often effective weights are set anew.
    let interval: Int64
    /// In which what is old fades to 1/e: a sixth of `historyWindow`, at the end of which 0.2 % of it is left.
    let fade: Int64
    private let latency: Double
    private let reported: [(metric: ReportBoard.Metric, weight: Double)]

    package init(_ settings: AdaptiveSettings) {
        interval = max(settings.updateInterval.nanoseconds, 1)
        fade = max(settings.historyWindow.nanoseconds / 6, 1)
        latency = settings.metrics.contains(.latency) ? settings.weights.latency : 0
        reported = AdaptiveMetric.allCases.compactMap { metric in
            let weight = settings.metrics.contains(metric) ? settings.weights[metric] : 0
            guard weight > 0, let name = metric.reported else { return nil }
            return (name, weight)
        }
    }

    /// Whether learnt times to first byte decide; else requests in flight alone.
    var usesLatency: Bool { latency > 0 }

    /// What fresh reports come to.
    package struct Used: Sendable {
        /// The weighted mean of them, 0...1.
        package var mean = 0.0
        /// The largest of them.
        package var largest = 0.0
        /// What their weights add up to; 0: there are none.
        package var weight = 0.0

        /// How busy the agent is, 0...1: the mean, or a single metric that is alarming.
        package var whole: Double { largest > AdaptiveWeighing.alarm ? max(mean, largest) : mean }
    }

    /// Of what an agent has reported lately; stale figures drop out.
    package func used(_ board: borrowing ReportBoard, _ now: Int64) -> Used {
        var used = Used()
        for (metric, weight) in reported {
            guard let value = board.fresh(metric, now) else { continue }
            let part = Self.part(metric, value)
            used.mean += part * weight
            used.weight += weight
            used.largest = max(used.largest, part)
        }
        if used.weight > 0 { used.mean /= used.weight }
        return used
    }

    /// A metric as a part of what is full, 0...1.
    static func part(_ metric: ReportBoard.Metric, _ value: Double) -> Double {
        min(max(metric == .queueDepth ? value / fullQueue : value, 0), 1)
    }

    /// The part of its weight that such an agent is worth, above 0 to 1: what it has to spare, to a power that is the
    /// part of reports in all weights. Without latency that is what it has to spare.
    package func share(_ used: Used) -> Double {
        guard used.weight > 0 else { return 1 }
        return pow(1 - min(used.whole, Self.most), used.weight / (used.weight + latency))
    }

    /// The weight of a metric among those that count, as configured; 0: it does not.
    func weight(_ metric: AdaptiveMetric) -> Double {
        guard let name = metric.reported else { return latency }
        return reported.first { $0.metric == name }?.weight ?? 0
    }
}
