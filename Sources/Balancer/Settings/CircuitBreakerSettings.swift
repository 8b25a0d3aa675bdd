package import Settings

/// The key `loadBalancing.circuitBreaker`: when an agent whose answers are errors is set aside.
package struct CircuitBreakerSettings: Section {
    package var enabled = true
    package var errorThreshold = Ratio(0.5)
    package var minRequests = 20
    package var window = Duration.seconds(10)
    package var maxFails = 3
    package var cooldown = Duration.seconds(10)
    package var maxCooldown = Duration.seconds(300)
    package var maxEjected = Ratio(0.33)
    package var panicThreshold = Ratio(0.34)

    package init() {}

    package static let keys: [Key<CircuitBreakerSettings>] = [
        .value("enabled", \.enabled, "whether agents are set aside for their answers at all"),
        .value(
            "errorThreshold", \.errorThreshold,
            "opens when this share of the window's attempts failed: no answer, 5xx, 429 and 529", check: checkShare),
        .value(
            "minRequests", \.minRequests, "fewer attempts than this in the window say nothing",
            check: Check.atLeast(1)),
        .value(
            "window", \.window, "over which attempts are counted, in ten parts; the same for all pools",
            check: Check.range(Duration.milliseconds(100)...Duration.seconds(3600))),
        .value(
            "maxFails", \.maxFails,
            "opens too after this many failures in a row: no answer, 502, 503, 504; 0: they do not matter",
            check: Check.atLeast(0)),
        .value(
            "cooldown", \.cooldown,
            "how long an agent is set aside, times the openings in a row and up to a tenth longer; then one request "
                + "finds out, and its share rises as `slowStart` says",
            check: Check.positive),
        .value("maxCooldown", \.maxCooldown, "it is set aside for at most this", check: Check.positive),
        .value(
            "maxEjected", \.maxEjected, "the share of a pool that is set aside at once, at least one agent",
            check: checkShare),
        .value(
            "panicThreshold", \.panicThreshold,
            "where less than this share of a pool is available, all of it is used but what an operator drained; "
                + "0: only where nobody is",
            check: checkShare),
    ]

    static func checkShare(_ share: Ratio) -> String? {
        (0...1).contains(share.value) ? nil : "expected 0% to 100%"
    }
}
