package import Settings

/// One entry of `agents.discovery.static`: an agent as it is written down.
package struct AgentSettings: Section {
    package static let weights = 0...1_000_000

    package var id = ""
    package var endpoint = Endpoint()
    package var weight = 100
    package var tags: [String] = []
    package var pool: String?
    /// Requests in flight at most, in the whole process; 0 is no cap.
    package var maxConcurrent = 0
    package var priority = 0
    package var zone: String?
    package var kind: AgentKind?
    package var `protocol`: AgentProtocol?
    package var models: [String] = []
    package var metadata: [String: String] = [:]
    /// What differs from `agents.tls`.
    package var tls = Override<AgentTLSSettings>()

    package init() {}

    package static let keys: [Key<AgentSettings>] = [
        .required("id", \.id, "the agent's name in rules, logs and metrics", check: checkID),
        .required("endpoint", \.endpoint, "where it serves: `http://host:port`, `https://...` or `unix:/path`"),
        .value(
            "weight", \.weight, "its share beside the others of a pool; 0 gets nothing",
            check: Check.range(weights)),
        .value("tags", \.tags, "words that rules may name as `tag:NAME`; a tag is a pool by itself"),
        .value("pool", \.pool, "a pool that it is in, besides those that list it"),
        .value(
            "maxConcurrent", \.maxConcurrent, "requests in flight at most, in the whole process; 0 is no cap",
            check: Check.atLeast(0)),
        .value("priority", \.priority, "its level; 0 serves first", check: Check.atLeast(0)),
        .value("zone", \.zone, "where it runs"),
        .value("kind", \.kind, "`openclaw` or `llm`, whatever its pool says"),
        .value(
            "protocol", \.protocol,
            "`http1` or `http2`, whatever its pool says; `http2` is by ALPN over `https://`, else with prior knowledge"),
        .value("models", \.models, "names of the models it serves"),
        .value("metadata", \.metadata, "anything else worth writing down"),
        .override("tls", \.tls, "of an `https://` agent: what differs from `agents.tls`, key by key"),
    ]

    /// Ids are written into headers and log lines, and stand in targets beside `tag:NAME`.
    private static func checkID(_ id: String) -> String? {
        if id.isEmpty { return "must not be empty" }
        if id.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }) {
            return "expected an id without control characters"
        }
        let prefixes = ["agent:", "pool:", "tag:"]
        guard let prefix = prefixes.first(where: id.hasPrefix) else { return nil }
        return "expected an id that does not begin with '\(prefix)': rules write targets so"
    }
}
