package import Settings

/// The key `loadBalancing.adaptive`: what the strategy `adaptive` weighs.
package struct AdaptiveSettings: Section, Hashable {
    package var metrics = AdaptiveMetric.usual
    package var updateInterval = Duration.seconds(5)
    package var historyWindow = Duration.seconds(60)
    package var weights = AdaptiveWeights()

    package init() {}

    package static let keys: [Key<AdaptiveSettings>] = [
        .value(
            "metrics", \.metrics,
            "what counts: `latency`, the time to first byte as it was at each number in flight, which the proxy learns "
                + "by itself; and what agents report, `cpu`, `memory` and `utilization` from 0 to 1, `queue-depth` as a "
                + "fifth of the requests that wait in the agent. What an agent does not report does not count"),
        .value(
            "updateInterval", \.updateInterval,
            "how often the effective weights are set anew from what agents report; between, they move by at most 25 % "
                + "a second towards that",
            check: Check.range(Duration.milliseconds(100)...Duration.seconds(3600))),
        .value(
            "historyWindow", \.historyWindow,
            "what is older than this is forgotten: reports are averaged over it, and what is known of an agent that "
                + "gets no requests fades, so that one that was slow is tried again",
            check: Check.range(Duration.seconds(1)...Duration.seconds(86400))),
        .section(
            "weights", \.weights,
            "how much each metric counts beside the others; only their ratios matter"),
    ]

    package static func check(_ value: AdaptiveSettings, _ node: Node, _ reading: inout Reading) {
        guard !value.metrics.isEmpty, value.metrics.allSatisfy({ value.weights[$0] == 0 }) else { return }
        guard let written = node["weights"] else { return }
        reading.under("weights") {
            $0.error(
                written.position,
                "all metrics have weight 0: expected one above 0; to go by requests in flight alone, empty `metrics`"
            )
        }
    }
}

/// The key `loadBalancing.adaptive.weights`.
package struct AdaptiveWeights: Section, Hashable {
    package var cpu = 0.3
    package var memory = 0.2
    package var latency = 0.35
    package var queueDepth = 0.15
    package var utilization = 0.3

    package init() {}

    package static let keys: [Key<AdaptiveWeights>] = [
        .value("cpu", \.cpu, "of the processor, as reported", check: AdaptiveWeights.bounds),
        .value("memory", \.memory, "of memory, as reported", check: AdaptiveWeights.bounds),
        .value(
            "latency", \.latency, "of the time to first byte; 0: requests in flight alone stand for it",
            check: AdaptiveWeights.bounds),
        .value(
            "queueDepth", \.queueDepth, "of requests that wait in the agent, as reported", aliases: ["queue-depth"],
            check: AdaptiveWeights.bounds),
        .value(
            "utilization", \.utilization, "of what an application reports (ORCA)", check: AdaptiveWeights.bounds),
    ]

    private static let bounds: @Sendable (Double) -> String? = Check.range(0...1000)

    package subscript(_ metric: AdaptiveMetric) -> Double {
        switch metric {
        case .cpu: cpu
        case .memory: memory
        case .latency: latency
        case .queueDepth: queueDepth
        case .utilization: utilization
        }
    }
}

/// What `adaptive` can go by.
package enum AdaptiveMetric: String, Variant, Hashable {
    case cpu
    case memory
    case latency
    case queueDepth = "queue-depth"
    case utilization

    package static var noun: String { "metric" }
    package static let usual: [AdaptiveMetric] = [.cpu, .memory, .latency, .queueDepth]

    /// Where agents report it; latency is the proxy's own.
    package var reported: ReportBoard.Metric? {
        switch self {
        case .cpu: .cpu
        case .memory: .memory
        case .latency: nil
        case .queueDepth: .queueDepth
        case .utilization: .utilization
        }
    }
}
