extension Node {
    /// Whether both stand for the same JSON value: positions and the order of members do not count, numbers
    /// are compared by value.
    package func isSame(as other: Node) -> Bool {
        switch (value, other.value) {
        case (.null, .null): true
        case (.bool(let one), .bool(let two)): one == two
        case (.string(let one), .string(let two)): one == two
        case (.number(let one), .number(let two)): Node.isSameNumber(one, two)
        case (.array(let one), .array(let two)):
            one.count == two.count && one.indices.allSatisfy { one[$0].isSame(as: two[$0]) }
        case (.object(let one), .object(let two)): Node.areSameMembers(one, two)
        default: false
        }
    }

    private static func isSameNumber(_ one: String, _ two: String) -> Bool {
        if one == two { return true }
        if let whole = NumberLiteral.integer(one), let other = NumberLiteral.integer(two) { return whole == other }
        guard let first = NumberLiteral.double(one), let second = NumberLiteral.double(two) else { return false }
        return first == second
    }

    private static func areSameMembers(_ one: [Member], _ two: [Member]) -> Bool {
        guard one.count == two.count else { return false }
        // Each pair is compared once: twice at every level would be without end in a deep tree.
        // By index: a pair of whole members would be copied for every look.
        if one.indices.allSatisfy({ one[$0].name == two[$0].name }) {
            return one.indices.allSatisfy { one[$0].node.isSame(as: two[$0].node) }
        }
        var byName: [String: Node] = [:]
        for member in two { byName[member.name] = member.node }
        guard byName.count == two.count else { return false }
        return one.allSatisfy { member in byName[member.name].map { member.node.isSame(as: $0) } ?? false }
    }
}
