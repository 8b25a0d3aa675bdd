package import Settings

/// The key `loadBalancing`: how an agent is chosen among those of a pool.
package struct LoadBalancingSettings: Section {
    package var strategy = StrategyName.adaptive
    package var adaptive = AdaptiveSettings()
    package var hash = HashSettings()
    package var leastTime = LeastTimeOf.firstByte
    package var slowStart = SlowStartSettings()
    package var circuitBreaker = CircuitBreakerSettings()
    package var affinity = AffinitySettings()
    package var retry = RetrySettings()
    package var queue = QueueSettings()
    package var concurrency = ConcurrencySettings()

    package init() {}

    package static let keys: [Key<LoadBalancingSettings>] = [
        .value("strategy", \.strategy, "who gets the next request: \(Strategies.reference)"),
        .section("hash", \.hash, "what strategies go by that give equal keys to the same agent"),
        .value("leastTime", \.leastTime, "the time that `least-time` goes by"),
        .section(
            "slowStart", \.slowStart, "an agent that joins or recovers gets its share little by little"),
        .section("circuitBreaker", \.circuitBreaker, "an agent whose answers are errors is set aside"),
        .section("adaptive", \.adaptive, "what the strategy `adaptive` weighs"),
        .section("retry", \.retry, "when a failed request is sent once more, to another agent"),
        .section("queue", \.queue, "requests that wait until an agent has a place for them"),
        .section(
            "concurrency", \.concurrency, "how many requests an agent is given at once, found by how fast it answers"),
        .section("affinity", \.affinity, "which requests stay with one agent"),
    ]
}
