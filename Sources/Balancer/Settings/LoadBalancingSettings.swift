package import Settings

/// The key `loadBalancing`: how an agent is chosen among those of a pool.
package struct LoadBalancingSettings: Section {
    package var strategy = StrategyName.adaptive
    package var maxFails = 3
    package var ejectionTime = Duration.seconds(10)
    package var maxEjectionTime = Duration.seconds(300)
    package var maxEjected = Ratio(0.33)

    package init() {}

    package static let keys: [Key<LoadBalancingSettings>] = [
        .value("strategy", \.strategy, "who gets the next request: \(Strategies.reference)"),
        .value(
            "maxFails", \.maxFails, "failures in a row after which an agent is ejected; 0 ejects nobody",
            check: Check.atLeast(0)),
        .value(
            "ejectionTime", \.ejectionTime, "how long it is ejected, times the ejections in a row",
            check: Check.positive),
        .value("maxEjectionTime", \.maxEjectionTime, "an ejection lasts at most this", check: Check.positive),
        .value(
            "maxEjected", \.maxEjected, "the share of a pool's agents that are ejected at once, at least one agent",
            check: checkShare),
        .later("adaptive", "what the strategy `adaptive` weighs"),
        .later("slowStart", "an agent that joins or recovers gets its share little by little"),
        .later("circuitBreaker", "an agent whose answers are errors is set aside"),
        .later("retry", "when a failed request is sent once more"),
        .later("affinity", "which requests stay with one agent"),
    ]

    package static func check(_ value: LoadBalancingSettings, _ node: Node, _ reading: inout Reading) {
        StrategyName.warn(value.strategy, node, &reading)
    }

    static func checkShare(_ share: Ratio) -> String? {
        (0...1).contains(share.value) ? nil : "expected 0% to 100%"
    }
}
