package import Settings

/// The key `agents.pools.NAME.loadBalancing`: what is not given here is as in `loadBalancing`.
package struct PoolBalancingSettings: Section {
    package var strategy: StrategyName?
    package var maxFails: Int?
    package var ejectionTime: Duration?
    package var maxEjectionTime: Duration?
    package var maxEjected: Ratio?

    package init() {}

    package static let keys: [Key<PoolBalancingSettings>] = [
        .value("strategy", \.strategy, "who gets the next request"),
        .value(
            "maxFails", \.maxFails, "failures in a row after which an agent is ejected; 0 ejects nobody",
            check: Check.atLeast(0)),
        .value(
            "ejectionTime", \.ejectionTime, "how long it is ejected, times the ejections in a row",
            check: Check.positive),
        .value(
            "maxEjectionTime", \.maxEjectionTime, "an ejection lasts at most this",
            check: Check.positive),
        .value(
            "maxEjected", \.maxEjected, "the share of its agents that are ejected at once, at least one agent",
            check: ifGiven(LoadBalancingSettings.checkShare)),
        .later("adaptive", "what the strategy `adaptive` weighs"),
        .later("slowStart", "an agent that joins or recovers gets its share little by little"),
        .later("circuitBreaker", "an agent whose answers are errors is set aside"),
        .later("retry", "when a failed request is sent once more"),
        .later("affinity", "which requests stay with one agent"),
    ]

    package static func check(_ value: PoolBalancingSettings, _ node: Node, _ reading: inout Reading) {
        StrategyName.warn(value.strategy, node, &reading)
    }

    package func over(_ base: LoadBalancingSettings) -> LoadBalancingSettings {
        var result = base
        if let strategy { result.strategy = strategy }
        if let maxFails { result.maxFails = maxFails }
        if let ejectionTime { result.ejectionTime = ejectionTime }
        if let maxEjectionTime { result.maxEjectionTime = maxEjectionTime }
        if let maxEjected { result.maxEjected = maxEjected }
        return result
    }
}
