package import Settings

/// The key `task` of a rule: how urgent its requests are. Names are those of `taskPriority`.
package struct RuleTask: Section {
    package var source: Located<String>?
    package var level: Located<String>?

    package init() {}

    package static let keys: [Key<RuleTask>] = [
        .value("source", \.source, "where its requests come from: a name of `taskPriority.sourceMapping`"),
        .value("level", \.level, "or their level itself: a name of `taskPriority.levels`"),
    ]

    package static func check(_ value: RuleTask, _ node: Node, _ reading: inout Reading) {
        guard value.source != nil, let level = value.level else { return }
        reading.under("level") {
            $0.error(level.position, "stands beside source, which has a level already; leave one of them out")
        }
    }
}
