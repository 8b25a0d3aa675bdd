package import Access
package import Balancer
package import Cache
package import Routing
package import Semantics
package import Settings
package import Telemetry

/// Everything under `gateway`: the root of the configuration.
package struct GatewaySettings: Section {
    package var http = HTTPSettings()
    package var performance = PerformanceSettings()
    package var agents = AgentsSettings()
    package var routing = RoutingSettings()
    package var loadBalancing = LoadBalancingSettings()
    package var auth = AuthSettings()
    package var cache = CacheSettings()
    package var logging = LogSettings()
    package var monitoring = MonitoringSettings()
    package var admin = AdminSettings()
    package var secrets = SecretsSettings()
    package var streams = StreamSettings()
    package var semantic = SemanticSettings()
    package var modelRouting = ModelRoutingSettings()
    package var modelFallback = ModelFallbackSettings()
    package var taskPriority = TaskPrioritySettings()
    package var rateLimiting = RateLimitingSettings()
    package var debugHeaders = false

    package init() {}

    package static let keys: [Key<GatewaySettings>] = [
        .section("http", \.http, "what clients connect to: addresses, timeouts, limits"),
        .section("performance", \.performance, "event loops and shares of memory"),
        .section("agents", \.agents, "who serves: agents, pools, health checks, connections to them"),
        .section("routing", \.routing, "which request goes where"),
        .section("loadBalancing", \.loadBalancing, "how an agent of a pool is picked"),
        .section("auth", \.auth, "who may use the rules with `requiresAuth`: tokens, keys, issuers, certificates, a service"),
        .section("cache", \.cache, "answers that are kept"),
        .section("logging", \.logging, "access lines and messages: level, form, outputs"),
        .section("monitoring", \.monitoring, "metrics and health of the proxy itself"),
        .section("admin", \.admin, "the listener for operators"),
        .section("streams", \.streams, "when an event stream's head is committed, and heartbeats within it"),
        .section("secrets", \.secrets, "secrets of the proxy itself"),
        .value(
            "debugHeaders", \.debugHeaders,
            "answers tell their route, agent and attempts in `X-ClawProxy-*` fields"),
        .later("budget", "token and cost budgets"),
        .section("modelFallback", \.modelFallback, "models that are asked in turn where one does not answer"),
        .section("modelRouting", \.modelRouting, "which model answers, where the client leaves that open"),
        .later("multiTenant", "a workspace for each user"),
        .section("rateLimiting", \.rateLimiting, "limits of requests to models, of tokens, and of requests at once"),
        .section("taskPriority", \.taskPriority, "levels of urgency, and which request has which"),
        .section("semantic", \.semantic, "who judges what texts mean, where the built-in is unsure"),
    ]

    package static func check(_ value: GatewaySettings, _ node: Node, _ reading: inout Reading) {
        ListenerChecks.check(value, node, &reading)
        TargetChecks.check(value, node, &reading)
        TaskChecks.check(value, node, &reading)
        AgentTLSChecks.check(value, node, &reading)
        AuthChecks.check(value, node, &reading)
        EdgeTLSChecks.check(value.http.tls, node, &reading)
        CacheChecks.check(value, node, &reading)
        SemanticChecks.check(value, node, &reading)
        EdgeChecks.check(value, node, &reading)
        LimitChecks.check(value, node, &reading)
    }
}

extension GatewaySettings {
    /// Something is signed with the server's secret, or is called by a name that it makes and that outlives the
    /// process.
    var usesSecret: Bool {
        cache.stores.contains { $0.type != .memory } || loadBalancing.affinity.cookie.name != nil
            || agents.pools.values.contains { $0.loadBalancing.over(loadBalancing).affinity.cookie.name != nil }
    }
}
