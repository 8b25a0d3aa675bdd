/// A single value, or a list of such values.
package struct OneOrMany<Value: SettingValue>: SettingValue, ExpressibleByArrayLiteral {
    package var values: [Value]

    package init(_ values: [Value]) { self.values = values }
    package init(_ value: Value) { values = [value] }
    package init(arrayLiteral values: Value...) { self.values = values }

    package static var shape: Shape {
        let one = Value.shape
        var shape = Shape.either(
            [one, .list(of: one)], words: "\(one.words), or a list", expected: "\(one.expected), or a list of such",
            example: one.example)
        shape.isSecret = one.isSecret
        return shape
    }

    package var text: String {
        if values.count == 1, let only = values.first { only.text } else { values.text }
    }

    package static func read(_ node: Node, _ reading: inout Reading) -> OneOrMany? {
        switch node.value {
        case .array:
            return [Value].read(node, &reading).map { OneOrMany($0) }
        case .object where !Value.shape.kinds.contains(.object), .null:
            reading.expected(shape.expected, node)
            return nil
        default:
            return Value.read(node, &reading).map { OneOrMany($0) }
        }
    }
}

extension OneOrMany: Hashable where Value: Hashable {}
