package import Settings
import Telemetry

/// `monitoring`: how the proxy itself is watched.
package struct MonitoringSettings: Section {
    package var listen: ListenAddress?
    package var metrics = MetricsSettings()
    package var healthCheck = OwnHealthSettings()
    package var histogramBuckets = CounterLabels.defaultBuckets

    package init() {}

    /// The borders that count, in seconds: those of `metrics` where the document has them there.
    package var buckets: [Double] { metrics.histogramBuckets ?? histogramBuckets }

    package static let keys: [Key<MonitoringSettings>] = [
        .value(
            "listen", \.listen,
            "a listener of their own for metrics and health; absent: the public one, before the rules",
            applies: .listener),
        .section("metrics", \.metrics, "the page of metrics"),
        .section("healthCheck", \.healthCheck, "the page of health"),
        .value(
            "histogramBuckets", \.histogramBuckets, "upper borders of the duration histogram in seconds, ascending",
            applies: .restart, check: Self.ascending),
        .later("openTelemetry", "spans and metrics sent to a collector"),
    ]

    package static func check(_ value: MonitoringSettings, _ node: Node, _ reading: inout Reading) {
        if value.metrics.enabled && value.metrics.path == value.healthCheck.path {
            reading.error(
                (node["metrics"]?["path"] ?? node["healthCheck"]?["path"] ?? node).position,
                "metrics.path and healthCheck.path are both '\(value.metrics.path)'; expected two paths")
        }
        if let inner = value.metrics.histogramBuckets, let outer = node["histogramBuckets"],
            inner != value.histogramBuckets
        {
            reading.error(
                outer.position,
                "histogramBuckets and metrics.histogramBuckets differ; remove one")
        }
    }

    @Sendable static func ascending(_ bounds: [Double]) -> String? {
        guard (1...64).contains(bounds.count) else { return "expected 1 to 64 borders, found \(bounds.count)" }
        var last = 0.0
        for bound in bounds {
            guard bound.isFinite && bound > last else {
                return "expected ascending borders above 0, found \(bound) after \(last)"
            }
            last = bound
        }
        return last <= 86_400 ? nil : "expected borders of at most a day (86400), found \(last)"
    }
}

/// `monitoring.metrics`: the page in Prometheus' text form.
package struct MetricsSettings: Section {
    package var enabled = true
    package var path = "/metrics"
    package var histogramBuckets: [Double]?

    package init() {}

    package static let keys: [Key<MetricsSettings>] = [
        .value("enabled", \.enabled, "the page is served"),
        .value("path", \.path, "where", check: Check.absolutePath),
        .value(
            "histogramBuckets", \.histogramBuckets, "the same as `monitoring.histogramBuckets`", applies: .restart,
            check: { $0.flatMap(MonitoringSettings.ascending) }),
    ]
}

/// `monitoring.healthCheck`: what load balancers in front of the proxy ask.
package struct OwnHealthSettings: Section {
    package var path = "/health"
    package var detailed = false

    package init() {}

    package static let keys: [Key<OwnHealthSettings>] = [
        .value("path", \.path, "where", check: Check.absolutePath),
        .value(
            "detailed", \.detailed, "pools, agents and connections are told too, to loopback or with a token"),
    ]
}
