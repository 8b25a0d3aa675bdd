/// A value of a configuration as it was written, with the place where it stands.
package struct Node: Sendable {
    package enum Value: Sendable {
        case null
        case bool(Bool)
        /// The literal as written: JSON, or JSON5's hexadecimal, `+1`, `.5`, `Infinity` and `NaN`. See `NumberLiteral`.
        case number(String)
        case string(String)
        case array([Node])
        case object([Member])
    }

    package struct Member: Sendable {
        package var name: String
        package var namePosition: Position
        package var node: Node

        package init(name: String, namePosition: Position, node: Node) {
            self.name = name
            self.namePosition = namePosition
            self.node = node
        }
    }

    package var value: Value
    package var position: Position

    package init(_ value: Value, at position: Position = .unwritten) {
        self.value = value
        self.position = position
    }

    package static func object(_ members: [(String, Node)], at position: Position = .unwritten) -> Node {
        Node(.object(members.map { Member(name: $0.0, namePosition: position, node: $0.1) }), at: position)
    }

    package static func string(_ text: String, at position: Position = .unwritten) -> Node {
        Node(.string(text), at: position)
    }

    /// The member of an object by its exact name.
    package subscript(_ name: String) -> Node? {
        guard case .object(let members) = value else { return nil }
        return members.first { $0.name == name }?.node
    }

    package var isNull: Bool {
        if case .null = value { true } else { false }
    }

    package var string: String? {
        if case .string(let text) = value { text } else { nil }
    }

    package var elements: [Node]? {
        if case .array(let elements) = value { elements } else { nil }
    }

    package var members: [Member]? {
        if case .object(let members) = value { members } else { nil }
    }

    /// The same node with every position in it replaced.
    package func placed(at position: Position) -> Node {
        switch value {
        case .null, .bool, .number, .string:
            Node(value, at: position)
        case .array(let elements):
            Node(.array(elements.map { $0.placed(at: position) }), at: position)
        case .object(let members):
            Node(
                .object(
                    members.map {
                        Member(name: $0.name, namePosition: position, node: $0.node.placed(at: position))
                    }), at: position)
        }
    }
}
