package import Settings

/// The way to agents that were found by address.
package enum AgentScheme: String, Variant, Hashable {
    case http
    case https

    package static var noun: String { "scheme" }
}

/// What the agents of one source have in common: the source says where they are, this says the rest.
package struct DiscoveryTemplate: Sendable, Hashable {
    package var scheme = AgentScheme.http
    package var weight = 100
    package var tags: [String] = []
    package var pool: String?
    package var kind: AgentKind?
    package var `protocol`: AgentProtocol?
    package var maxConcurrent = 0
    package var models: [String] = []

    package init() {}

    /// Puts its facts on an agent of the source. A weight that the source itself gave stays.
    package func agent(_ id: String, host: String, port: Int, weight: Int? = nil) -> AgentSettings {
        var agent = AgentSettings()
        agent.id = id
        agent.endpoint = Endpoint(.tcp(host: host, port: port), isTLS: scheme == .https)
        agent.weight = weight.map { min(max($0, 0), AgentSettings.weights.upperBound) } ?? self.weight
        agent.tags = tags
        agent.pool = pool
        agent.kind = kind
        agent.protocol = self.protocol
        agent.maxConcurrent = maxConcurrent
        agent.models = models
        return agent
    }
}

/// A section of `agents.discovery` whose agents are found by address.
package protocol DiscoveryByAddress: Section {
    var template: DiscoveryTemplate { get set }
}

extension DiscoveryByAddress {
    /// The keys of `DiscoveryTemplate`, the same in all sections.
    static var templateKeys: [Key<Self>] {
        [
            .value("scheme", \Self.template.scheme, "`http` or `https`"),
            .value(
                "weight", \Self.template.weight, "the weight of each, where the source tells none; 0 gets nothing",
                check: Check.range(AgentSettings.weights)),
            .value("tags", \Self.template.tags, "words that rules may name as `tag:NAME`"),
            .value(
                "pool", \Self.template.pool,
                "the pool that they are in, besides those that list them or their tags"),
            .value("kind", \Self.template.kind, "`openclaw` or `llm`, whatever the pool says"),
            .value("protocol", \Self.template.protocol, "`http1` or `http2`, whatever the pool says"),
            .value(
                "maxConcurrent", \Self.template.maxConcurrent,
                "requests in flight at most for each, in the whole process; 0 is no cap", check: Check.atLeast(0)),
            .value("models", \Self.template.models, "names of the models they serve"),
        ]
    }
}
