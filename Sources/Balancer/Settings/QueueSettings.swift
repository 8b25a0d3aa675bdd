package import Settings

/// The key `loadBalancing.queue`: requests that wait until an agent of a pool has a place for them.
///
/// A request waits only where every agent that could serve it is at its `maxConcurrent`, or at the limit that
/// `loadBalancing.concurrency` has found; without such caps nothing ever waits.
package struct QueueSettings: Section {
    /// What is not said of a level of one of these names.
    package static let usualWaits: [String: QueueWait] = [
        "critical": .next, "high": .limit(.seconds(10)), "normal": .limit(.seconds(30)),
        "low": .limit(.seconds(300)), "background": .idle,
    ]
    /// What is not said of a level of another name.
    static let usualWait = QueueWait.limit(.seconds(30))

    package var enabled = true
    package var size = 1000
    package var waits = QueueSettings.usualWaits
    package var defaultLevel = "normal"

    package init() {}

    package static let keys: [Key<QueueSettings>] = [
        .value(
            "enabled", \.enabled,
            "whether requests wait where every agent is at its cap; else they are answered with 503 at once"),
        .value(
            "size", \.size, "requests that wait at most, in each pool; more are answered with 429",
            check: Check.range(0...1_000_000)),
        .value(
            "waits", \.waits,
            "how long a request waits at most, by the name of its level in `taskPriority.levels`; `next`: without limit, "
                + "ahead of the others; `idle`: without limit, while nobody else waits"),
        .value(
            "defaultLevel", \.defaultLevel, "the level of a request of which nothing else says it",
            check: Check.nonEmpty),
    ]

    package func wait(of level: String) -> QueueWait {
        waits[level] ?? Self.usualWaits[level] ?? Self.usualWait
    }
}
