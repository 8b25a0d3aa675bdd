package import Settings

/// The key `loadBalancing.slowStart`: an agent that joins or recovers gets its share little by little.
package struct SlowStartSettings: Section {
    package var enabled = true
    package var duration = Duration.seconds(30)
    package var initialWeight = 10.0
    package var aggression = 1.0

    package init() {}

    package static let keys: [Key<SlowStartSettings>] = [
        .value(
            "enabled", \.enabled,
            "whether an agent that joins or recovers begins with less; not at the proxy's own start, and not where it "
                + "is the only one of its pool"),
        .value("duration", \.duration, "until it has its whole share", check: Check.positive),
        .value(
            "initialWeight", \.initialWeight, "percent of its share that it begins with",
            check: Check.range(1...100)),
        .value(
            "aggression", \.aggression,
            "1: the share rises in a straight line; above, faster at first: (time / duration)^(1 / aggression)",
            check: Check.range(0.1...10)),
    ]
}
