package import Settings

/// The key `loadBalancing.concurrency`: how many requests an agent is given at once, found by the time to first byte.
package struct ConcurrencySettings: Section {
    package var adaptive = false
    package var min = 3
    package var max = 1000
    package var initial = 20
    package var tolerance = 1.5
    package var window = Duration.milliseconds(500)
    package var windowRequests = 10
    package var probeInterval = Duration.seconds(60)
    package var probeRequests = 20

    package init() {}

    package static let keys: [Key<ConcurrencySettings>] = [
        .value(
            "adaptive", \.adaptive,
            "whether each agent's cap follows its time to first byte; `maxConcurrent` stays the upper bound"),
        .value("min", \.min, "the limit never falls below this", check: Check.range(1...1_000_000)),
        .value("max", \.max, "the limit never rises above this", check: Check.range(1...1_000_000)),
        .value("initial", \.initial, "the limit that an agent begins with", check: Check.range(1...1_000_000)),
        .value(
            "tolerance", \.tolerance, "how many times as long as without load answers may take before the limit falls",
            check: Check.range(1...10)),
        .value("window", \.window, "the limit is looked at once in this time, at least", check: Check.positive),
        .value(
            "windowRequests", \.windowRequests, "and not before as many answers", check: Check.range(1...10_000)),
        .value(
            "probeInterval", \.probeInterval,
            "from one look at what answers take without load to the next; for a moment the limit falls to a third",
            check: Check.positive),
        .value("probeRequests", \.probeRequests, "answers that such a look takes", check: Check.range(1...10_000)),
    ]

    package static func check(_ value: ConcurrencySettings, _ node: Node, _ reading: inout Reading) {
        if value.min > value.max {
            reading.under("min") {
                $0.error(
                    node["min"]?.position ?? node.position, "expected at most max (\(value.max)), found \(value.min)")
            }
        }
        // without being written it follows the bounds
        guard node["initial"] != nil, !(value.min...Swift.max(value.min, value.max)).contains(value.initial) else {
            return
        }
        reading.under("initial") {
            $0.error(
                node["initial"]?.position ?? node.position,
                "expected min to max (\(value.min) to \(value.max)), found \(value.initial)")
        }
    }
}
