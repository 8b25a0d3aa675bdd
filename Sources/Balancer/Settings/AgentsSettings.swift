package import Settings

/// The key `agents`: who serves, in which pools, and how they are watched.
package struct AgentsSettings: Section {
    package var discovery = DiscoverySettings()
    package var pools: [String: PoolSettings] = [:]
    package var healthCheck = HealthCheckSettings()
    package var connectionPool = ConnectionPoolSettings()
    package var loadReport = ReportSettings()
    package var tls = AgentTLSSettings()
    package var resolver = ResolverSettings()

    package init() {}

    package static let keys: [Key<AgentsSettings>] = [
        .section("discovery", \.discovery, "where the agents come from"),
        .map("pools", \.pools, "groups of agents by name, to be a rule's target as `pool:NAME`"),
        .section("healthCheck", \.healthCheck, "how agents are asked whether they can serve"),
        .section("connectionPool", \.connectionPool, "connections to agents that are kept for the next request"),
        .section("loadReport", \.loadReport, "where the agents' own word of their load is taken from"),
        .section("tls", \.tls, "how `https://` agents are known, and what is shown to them"),
        .section("resolver", \.resolver, "how names of agents become addresses; as the machine does it, if not said"),
    ]

    package static func check(_ value: AgentsSettings, _ node: Node, _ reading: inout Reading) {
        PoolCheck(value, node).run(&reading)
    }
}
