package import Settings

/// How event streams of one rule are watched: what is not given is as `streams` says.
package struct RuleStreams: Section {
    package var commitAfter: Duration?
    package var heartbeat: Duration?

    package init() {}

    package static let keys: [Key<RuleStreams>] = [
        .value(
            "commitAfter", \.commitAfter, "longest wait for the first content before the head is passed on; 0s is off"),
        .value("heartbeat", \.heartbeat, "silence after which a comment is sent; 0s is never"),
    ]
}
