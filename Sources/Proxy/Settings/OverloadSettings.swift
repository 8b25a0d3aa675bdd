package import Settings

/// `performance.overload`: what is turned away where the proxy itself has too much.
package struct OverloadSettings: Section {
    package var enabled = true
    package var shedLow: Ratio = 0.85
    package var shedNormal: Ratio = 0.92
    package var shedHigh: Ratio = 0.97
    package var lag = Duration.milliseconds(500)
    package var closeIdle = true

    package init() {}

    package static let keys: [Key<OverloadSettings>] = [
        .value(
            "enabled", \.enabled,
            "new requests are turned away with 503, the least urgent first, where memory, open files or time run out"),
        .value(
            "shedLow", \.shedLow,
            "share of `maxMemory` from which requests below the level normal of `taskPriority` are turned away",
            check: share),
        .value("shedNormal", \.shedNormal, "from which those of level normal are, and those that have none", check: share),
        .value("shedHigh", \.shedHigh, "from which all are but those of the most urgent level", check: share),
        .value(
            "lag", \.lag,
            "event loops that are late by this much, three looks in a row, have the same effect as `shedLow`; twice as "
                + "much as `shedNormal`, four times as `shedHigh`; 0s is off",
            unit: .milliseconds, check: Check.range(Duration.zero...Duration.seconds(60))),
        .value(
            "closeIdle", \.closeIdle,
            "connections on which a client asks for nothing are closed, the oldest first, while memory, open files or "
                + "connections run out"),
    ]

    private static let share: @Sendable (Ratio) -> String? = Check.range(Ratio(0.05)...Ratio(1.5))

    package static func check(_ value: OverloadSettings, _ node: Node, _ reading: inout Reading) {
        guard value.shedLow > value.shedNormal || value.shedNormal > value.shedHigh else { return }
        reading.error(
            node.position,
            "expected shedLow <= shedNormal <= shedHigh, found \(value.shedLow.text), \(value.shedNormal.text), "
                + "\(value.shedHigh.text)")
    }
}
