import Settings

/// Which level a request has: `taskPriority`, compiled. Asked only where somebody waits, or has to.
package struct TaskPriorities: Sendable {
    /// What said the level of a request, for explanations.
    package enum Reason: String, Sendable { case peer, rule, path, standard }

    /// The most urgent first.
    package let levels: [TaskLevel]
    let preemption: PreemptionSettings
    private let byName: [String: TaskLevel]
    private let bySource: [String: TaskLevel]
    /// The longest first.
    private let paths: [TaskPath]

    package init(_ settings: TaskPrioritySettings = TaskPrioritySettings()) {
        let byName = Dictionary(uniqueKeysWithValues: settings.levels.map { ($0, TaskLevel($0, $1)) })
        let bySource = settings.sourceMapping.compactMapValues { byName[$0.value] }
        levels = byName.values.sorted()
        preemption = settings.preemption
        self.byName = byName
        self.bySource = bySource
        paths = settings.paths.compactMap { path, name in
            (byName[name.value] ?? bySource[name.value]).map { TaskPath(path, $0) }
        }.sorted { a, b in
            a.prefix.count == b.prefix.count
                ? a.prefix.lexicographicallyPrecedes(b.prefix) : a.prefix.count > b.prefix.count
        }
    }

    package func level(named name: String) -> TaskLevel? { byName[name] }

    /// The level of a source; nil for one that the mapping does not name.
    package func level(source: String) -> TaskLevel? { bySource[source] }

    /// The level of a request, and what said so; nil where nothing does.
    ///
    /// - Parameters:
    ///   - source: what a trusted peer names; nil from anybody else, whatever it claims.
    ///   - rule: what the rule says, as a source or as a level.
    package func level(
        source: UnsafeRawBufferPointer?, rule: (source: String?, level: String?), path: UnsafeRawBufferPointer
    ) -> (level: TaskLevel, reason: Reason)? {
        if !bySource.isEmpty, let source, let level = bySource[String(decoding: source, as: UTF8.self)] {
            return (level, .peer)
        }
        if let level = rule.level.flatMap({ byName[$0] }) ?? rule.source.flatMap({ bySource[$0] }) {
            return (level, .rule)
        }
        return paths.first { $0.contains(path) }.map { ($0.level, .path) }
    }
}
