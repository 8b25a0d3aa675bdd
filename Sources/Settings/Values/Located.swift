/// A value that remembers where it was written. Two are equal when their values are.
package struct Located<Value: SettingValue>: SettingValue {
    package var value: Value
    package var position: Position

    package init(_ value: Value, at position: Position = .builtIn) {
        self.value = value
        self.position = position
    }

    package static func == (one: Located, two: Located) -> Bool { one.value == two.value }

    package static var shape: Shape { Value.shape }

    package var text: String { value.text }

    package static func read(_ node: Node, _ reading: inout Reading) -> Located? {
        Value.read(node, &reading).map { Located($0, at: node.position) }
    }
}

extension Located: Hashable where Value: Hashable {
    package func hash(into hasher: inout Hasher) { hasher.combine(value) }
}
