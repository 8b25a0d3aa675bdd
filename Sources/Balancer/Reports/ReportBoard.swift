/// The newest of each metric that an agent reported, whatever its source, with its age.
package struct ReportBoard: Sendable, Equatable {
    package enum Metric: Int, Sendable, CaseIterable {
        case cpu, memory, queueDepth, utilization, rps, eps

        /// As configurations and metrics spell it.
        package var name: String {
            switch self {
            case .cpu: "cpu"
            case .memory: "memory"
            case .queueDepth: "queue_depth"
            case .utilization: "utilization"
            case .rps: "rps"
            case .eps: "eps"
            }
        }
    }

    package struct Entry: Sendable, Equatable {
        package var value: Double
        /// Nanoseconds of the monotonic clock.
        package var at: Int64
        /// How often its source speaks, in nanoseconds.
        package var period: Int64
        package var source: ReportSource

        /// Three periods of its source make it stale.
        package func isFresh(_ now: Int64) -> Bool { now &- at <= 3 &* period }
    }

    private var entries = [Entry?](repeating: nil, count: Metric.allCases.count)

    package init() {}

    package subscript(_ metric: Metric) -> Entry? { entries[metric.rawValue] }

    /// The value, unless there is none or it is stale.
    package func fresh(_ metric: Metric, _ now: Int64) -> Double? {
        guard let entry = self[metric], entry.isFresh(now) else { return nil }
        return entry.value
    }

    package mutating func add(_ report: LoadReport, from source: ReportSource, period: Int64, now: Int64) {
        put(.cpu, report.cpu)
        put(.memory, report.memory)
        put(.queueDepth, report.queueDepth)
        put(.utilization, report.utilization)
        put(.rps, report.rps)
        put(.eps, report.eps)

        func put(_ metric: Metric, _ value: Double?) {
            guard let value, value.isFinite, value >= 0 else { return }
            entries[metric.rawValue] = Entry(value: value, at: now, period: max(period, 1), source: source)
        }
    }
}

/// Where a figure of an agent's load came from.
package enum ReportSource: String, Sendable, CaseIterable {
    /// `endpoint-load-metrics` of an answer.
    case header
    /// The health answer's body.
    case health
    /// Its Prometheus page.
    case prometheus
}
