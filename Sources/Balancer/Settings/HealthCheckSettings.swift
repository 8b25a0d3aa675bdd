package import Settings

/// The key `agents.healthCheck`: how an agent is asked whether it can serve.
package struct HealthCheckSettings: Section {
    package var enabled = true
    package var kind = HealthKind.http
    package var service = ""
    package var path = "/health"
    package var interval = Duration.seconds(10)
    package var timeout = Duration.seconds(3)
    /// Failures in a row that take an agent out.
    package var failThreshold = 3
    /// Successes in a row that take it back.
    package var passThreshold = 2
    package var preset: HealthPreset?
    package var edgeInterval = Duration.seconds(1)
    package var jitter = Ratio(0.15)

    package init() {}

    package static let keys: [Key<HealthCheckSettings>] = [
        .value("enabled", \.enabled, "whether agents are asked at all"),
        .value("kind", \.kind, "`http` asks for `path`; `grpc` asks the health service of gRPC, of agents with `protocol: http2`"),
        .value("service", \.service, "of `kind: grpc`: the service that is asked about; empty is the server as a whole"),
        .value("path", \.path, "what is asked for; an answer 2xx is a pass", check: HealthPath.check),
        .value("interval", \.interval, "from one question to the next", check: Check.positive),
        .value("timeout", \.timeout, "an answer that takes longer is a failure", check: Check.positive),
        .value(
            "failThreshold", \.failThreshold, "failures in a row that take an agent out",
            check: Check.atLeast(1)),
        .value(
            "passThreshold", \.passThreshold, "passes in a row that take it back; at start, one is enough",
            check: Check.atLeast(1)),
        .value("preset", \.preset, "`openclaw` asks for `/startupz`, unless `path` is given"),
        .value(
            "edgeInterval", \.edgeInterval, "from one question to the next while the verdict is about to change",
            check: Check.positive),
        .value(
            "jitter", \.jitter, "how far an interval strays, so that replicas do not ask at once",
            check: HealthPath.checkJitter),
    ]

    /// What is asked for: the path where one was given, else the preset's.
    package var probedPath: String {
        guard let preset, path == HealthCheckSettings().path else { return path }
        return preset.path
    }
}
