/// A level of urgency as `taskPriority.levels` names it; a lower number is served first.
package struct TaskLevel: Sendable, Hashable, Comparable {
    package let name: String
    package let number: Int

    package init(_ name: String, _ number: Int) {
        self.name = name
        self.number = number
    }

    package static func < (a: TaskLevel, b: TaskLevel) -> Bool { (a.number, a.name) < (b.number, b.name) }
}
