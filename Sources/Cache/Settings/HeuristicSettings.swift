package import Settings

/// The key `cache.heuristic`: freshness of answers that state none but have a `Last-Modified` (RFC 9111 4.2.2).
package struct HeuristicSettings: Section {
    package var part = Ratio(0.1)
    package var most = Duration.seconds(86_400)

    package init() {}

    package static let keys: [Key<HeuristicSettings>] = [
        .value(
            "part", \.part, "fresh for this part of the time since it was last changed; 0: not at all",
            check: Check.range(Ratio(0)...Ratio(1))),
        .value("most", \.most, "and no longer than this", check: Check.positive),
    ]
}
