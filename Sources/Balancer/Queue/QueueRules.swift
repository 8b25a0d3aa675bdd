import Settings

/// What a pool's queue goes by: its bounds, and its levels in the order in which they are served.
package struct QueueRules: Sendable, Equatable {
    package struct Level: Sendable, Hashable {
        package let level: TaskLevel
        /// Nanoseconds; `.max` is as long as the client waits.
        package let wait: Int64
        /// Served only while nobody of another level waits.
        package let isIdle: Bool
        /// Goes ahead of all levels that may not, and pushes out of a full queue.
        package let mayPreempt: Bool
        package let mayBePushedOut: Bool

        package var name: String { level.name }
        package var number: Int { level.number }

        /// The order in which levels are served.
        static func isBefore(_ a: Level, _ b: Level) -> Bool {
            if a.isIdle != b.isIdle { return b.isIdle }
            if a.mayPreempt != b.mayPreempt { return a.mayPreempt }
            return a.level < b.level
        }
    }

    package let isEnabled: Bool
    package let size: Int
    /// At least one. The first is served first.
    package let levels: [Level]
    /// An index into `levels`.
    package let usual: Int

    package init(_ settings: QueueSettings = QueueSettings(), _ priorities: TaskPriorities = TaskPriorities()) {
        let preemption = priorities.preemption
        let preempting = preemption.enabled ? Set(preemption.allowPreemptLevels.map(\.value)) : []
        var levels = priorities.levels.map { level -> Level in
            let wait = settings.wait(of: level.name)
            return Level(
                level: level, wait: wait.nanoseconds, isIdle: wait == .idle,
                mayPreempt: preempting.contains(level.name),
                mayBePushedOut: preemption.enabled && level.number >= preemption.preemptThreshold)
        }
        if levels.isEmpty {
            levels = [
                Level(
                    level: TaskLevel("normal", 2), wait: settings.wait(of: "normal").nanoseconds, isIdle: false,
                    mayPreempt: false, mayBePushedOut: false)
            ]
        }
        levels.sort(by: Level.isBefore)
        isEnabled = settings.enabled
        size = max(settings.size, 0)
        self.levels = levels
        usual = levels.firstIndex { $0.name == settings.defaultLevel } ?? levels.count / 2
    }

    /// The place of a level in `levels`; that of the usual one where there is none of the name.
    package func index(of level: TaskLevel?) -> Int {
        guard let level else { return usual }
        return levels.firstIndex { $0.name == level.name } ?? usual
    }
}
