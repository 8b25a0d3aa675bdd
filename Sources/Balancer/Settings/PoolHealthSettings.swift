package import Settings

/// The key `agents.pools.NAME.healthCheck`: what is not given here is as in `agents.healthCheck`.
package struct PoolHealthSettings: Section {
    package var enabled: Bool?
    package var kind: HealthKind?
    package var service: String?
    package var path: String?
    package var interval: Duration?
    package var timeout: Duration?
    package var failThreshold: Int?
    package var passThreshold: Int?
    package var preset: HealthPreset?
    package var edgeInterval: Duration?
    package var jitter: Ratio?

    package init() {}

    package static let keys: [Key<PoolHealthSettings>] = [
        .value("enabled", \.enabled, "whether its agents are asked at all"),
        .value("kind", \.kind, "`http` asks for `path`; `grpc` asks the health service of gRPC"),
        .value("service", \.service, "of `kind: grpc`: the service that is asked about"),
        .value("path", \.path, "what is asked for", check: ifGiven(HealthPath.check)),
        .value("interval", \.interval, "from one question to the next", check: Check.positive),
        .value("timeout", \.timeout, "an answer that takes longer is a failure", check: Check.positive),
        .value(
            "failThreshold", \.failThreshold, "failures in a row that take an agent out",
            check: Check.atLeast(1)),
        .value(
            "passThreshold", \.passThreshold, "passes in a row that take it back",
            check: Check.atLeast(1)),
        .value("preset", \.preset, "`openclaw` asks for `/startupz`"),
        .value(
            "edgeInterval", \.edgeInterval, "from one question to the next while the verdict is about to change",
            check: Check.positive),
        .value("jitter", \.jitter, "how far an interval strays", check: ifGiven(HealthPath.checkJitter)),
    ]

    /// Whether the pool says anything of its own.
    package var isGiven: Bool { self != PoolHealthSettings() }

    package func over(_ base: HealthCheckSettings) -> HealthCheckSettings {
        var result = base
        if let enabled { result.enabled = enabled }
        if let kind { result.kind = kind }
        if let service { result.service = service }
        // A preset of the pool's own means its path, whatever path stands for the other pools.
        if preset != nil { result.path = HealthCheckSettings().path }
        if let path { result.path = path }
        if let interval { result.interval = interval }
        if let timeout { result.timeout = timeout }
        if let failThreshold { result.failThreshold = failThreshold }
        if let passThreshold { result.passThreshold = passThreshold }
        if let preset { result.preset = preset }
        if let edgeInterval { result.edgeInterval = edgeInterval }
        if let jitter { result.jitter = jitter }
        return result
    }
}
