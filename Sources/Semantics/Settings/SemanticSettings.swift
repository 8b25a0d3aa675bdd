package import Settings

/// `semantic`: how texts are judged where the built-in is not sure by itself. What the categories are stands in
/// `routing.semantic`.
package struct SemanticSettings: Section {
    package var budget: Duration = .milliseconds(50)
    package var threads = 1
    package var tiers: [SemanticTierSettings] = []

    package init() {}

    package static let keys: [Key<SemanticSettings>] = [
        .value(
            "budget", \.budget,
            "how long a request waits for the tiers, all together; after that the built-in's word stands",
            check: Check.positive),
        .value(
            "threads", \.threads, "threads on which encoders compute, beside the event loops", check: Check.range(1...64)),
        .list(
            "tiers", \.tiers, "who is asked, in this order, where the built-in is unsure; none: its word stands",
            identity: "name"),
    ]
}
