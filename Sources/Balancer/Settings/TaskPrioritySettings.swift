package import Settings

/// The key `taskPriority`: levels of urgency, and which request has which.
///
/// Where agents are busy, requests wait by level (`loadBalancing.queue`). Nobody can claim a level for itself: the source
/// of a request is what a trusted peer (`http.trustedProxies`) names in `x-task-source`, else what its rule says, else
/// what its path says.
package struct TaskPrioritySettings: Section {
    /// More would be no order that anybody oversees, and what is counted is counted by level.
    static let mostLevels = 32

    package var levels = ["critical": 0, "high": 1, "normal": 2, "low": 3, "background": 4]
    package var sourceMapping: [String: Located<String>] = [:]
    package var paths: [String: Located<String>] = [:]
    package var preemption = PreemptionSettings()

    package init() {}

    package static let keys: [Key<TaskPrioritySettings>] = [
        .value(
            "levels", \.levels, "levels by name, each with a number of its own; 0 is served first", check: checkLevels),
        .value(
            "sourceMapping", \.sourceMapping,
            "the level of each source that a trusted peer may name in `x-task-source`, or a rule in `task.source`"),
        .value(
            "paths", \.paths,
            "the level, or the source, of requests below a path; the longest path that fits counts. Comes after "
                + "`x-task-source` and the rule"),
        .section("preemption", \.preemption, "who may go ahead of all, and whom it may push out of a full queue"),
    ]

    private static func checkLevels(_ levels: [String: Int]) -> String? {
        if levels.isEmpty { return "expected at least one level, such as {\"normal\": 0}" }
        if levels.count > mostLevels { return "expected at most \(mostLevels) levels, found \(levels.count)" }
        if levels.keys.contains("") { return "expected a name for every level, found an empty one" }
        var names: [Int: String] = [:]
        for (name, number) in levels.sorted(by: { $0.key < $1.key }) {
            guard (0...1_000_000).contains(number) else {
                return "expected a number from 0 to 1000000 for level \(Quoted.quote(name)), found \(number)"
            }
            if let other = names[number] {
                return "levels \(Quoted.quote(other)) and \(Quoted.quote(name)) have one number, \(number); "
                    + "give each its own"
            }
            names[number] = name
        }
        return nil
    }

    package static func check(_ value: TaskPrioritySettings, _ node: Node, _ reading: inout Reading) {
        reading.under("sourceMapping") { reading in
            for (source, level) in value.sourceMapping.sorted(by: { $0.key < $1.key }) {
                reading.under(source) { value.checkLevel(level, &$0) }
            }
        }
        reading.under("paths") { reading in
            for member in node["paths"]?.members ?? [] {
                guard let name = value.paths[member.name] else { continue }
                reading.under(member.name) { reading in
                    if let wrong = TaskPath.fault(member.name) { reading.error(member.namePosition, wrong) }
                    value.checkLevelOrSource(name, &reading)
                }
            }
        }
        reading.under("preemption") { reading in
            reading.under("allowPreemptLevels") { reading in
                for (index, level) in value.preemption.allowPreemptLevels.enumerated() where level.position != .builtIn
                {
                    reading.under("[\(index)]") { value.checkLevel(level, &$0) }
                }
            }
        }
    }

    /// Reports a level that there is not.
    package func checkLevel(_ name: Located<String>, _ reading: inout Reading) {
        guard levels[name.value] == nil else { return }
        reading.error(name.position, unknown("level", name.value, Array(levels.keys)))
    }

    package func checkSource(_ name: Located<String>, _ reading: inout Reading) {
        guard sourceMapping[name.value] == nil else { return }
        reading.error(name.position, unknown("source", name.value, Array(sourceMapping.keys)))
    }

    private func checkLevelOrSource(_ name: Located<String>, _ reading: inout Reading) {
        guard levels[name.value] == nil, sourceMapping[name.value] == nil else { return }
        reading.error(
            name.position, unknown("level or source", name.value, Array(levels.keys) + Array(sourceMapping.keys)))
    }

    private func unknown(_ noun: String, _ word: String, _ words: [String]) -> String {
        let words = words.sorted()
        let hint = Nearest.hint(for: word, among: words)
        if !hint.isEmpty { return "no \(noun) \(Quoted.quote(word))\(hint)" }
        let known = words.isEmpty ? "a \(noun); there is none yet" : Quoted.list(words)
        return "no \(noun) \(Quoted.quote(word)); expected \(known)"
    }
}

/// The key `taskPriority.preemption`.
package struct PreemptionSettings: Section {
    package var enabled = true
    package var allowPreemptLevels = [Located("critical")]
    package var preemptThreshold = 2

    package init() {}

    package static let keys: [Key<PreemptionSettings>] = [
        .value("enabled", \.enabled, "whether anybody goes ahead or pushes out"),
        .value(
            "allowPreemptLevels", \.allowPreemptLevels,
            "levels whose requests take the next place, ahead of all others; where the queue is full, one of them pushes "
                + "out the request that came last among those of `preemptThreshold` or later. What runs is left alone"),
        .value(
            "preemptThreshold", \.preemptThreshold, "the number of the first level that can be pushed out",
            check: Check.range(0...1_000_000)),
    ]
}
