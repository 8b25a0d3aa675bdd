package import Settings

/// The key `cache.collapse`: one request to an agent for all that ask for the same at the same time.
package struct CollapseSettings: Section {
    package var enabled = true
    package var wait = Duration.seconds(5)
    package var lease = false
    package var remember = Duration.seconds(120)

    package init() {}

    package static let keys: [Key<CollapseSettings>] = [
        .value("enabled", \.enabled, "who asks for what is being fetched waits for it, and follows it as it comes"),
        .value(
            "wait", \.wait, "how long until it is known whether the answer may be shared; then each asks for itself",
            check: Check.range(Duration.milliseconds(1)...Duration.seconds(300))),
        .value(
            "lease", \.lease,
            "replicas that share a Redis layer ask for the same only once too, by a short lease there"),
        .value(
            "remember", \.remember,
            "what turned out not to be kept is not waited for again for so long; 0s: each time anew",
            check: Check.range(Duration.zero...Duration.seconds(86_400))),
    ]
}
