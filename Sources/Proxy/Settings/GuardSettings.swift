package import Settings

/// `admin.guard`: when a change is taken back because the answers got worse.
package struct GuardSettings: Section {
    package var enabled = true
    package var errorRate: Ratio = 0.05
    package var p99 = 2.0
    package var minRequests = 20
    package var watch = Duration.seconds(60)

    package init() {}

    package static let keys: [Key<GuardSettings>] = [
        .value("enabled", \.enabled, "changes are watched"),
        .value(
            "errorRate", \.errorRate,
            "by how much the share of failed requests may rise over that of the minute before",
            check: Check.range(Ratio(0)...Ratio(1))),
        .value(
            "p99", \.p99,
            "so many times that of the minute before is allowed, as far as the histogram tells; 0: not watched",
            check: Self.factor),
        .value(
            "minRequests", \.minRequests, "fewer requests in the time looked at decide nothing",
            check: Check.range(1...1_000_000)),
        .value(
            "watch", \.watch, "how long a change is watched",
            check: Check.range(Duration.seconds(1)...Duration.seconds(3600))),
    ]

    @Sendable private static func factor(_ value: Double) -> String? {
        value == 0 || (1...1000).contains(value) ? nil : "expected 0 (not watched) or 1 to 1000, found \(value)"
    }
}
