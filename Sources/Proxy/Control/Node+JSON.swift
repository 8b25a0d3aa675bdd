package import Settings

/// Nodes as the JSON of questions and answers on the admin listener.
extension Node {
    package static let null = Node(.null)
    package static func flag(_ value: Bool) -> Node { Node(.bool(value)) }
    package static func int(_ value: some BinaryInteger) -> Node { Node(.number("\(value)")) }
    package static func double(_ value: Double) -> Node { value.isFinite ? Node(.number("\(value)")) : .null }
    package static func list(_ elements: [Node]) -> Node { Node(.array(elements)) }
    package static func strings(_ texts: some Sequence<String>) -> Node { .list(texts.map { .string($0) }) }
    package static func text(_ text: String?) -> Node { text.map { .string($0) } ?? .null }

    package var bool: Bool? {
        if case .bool(let value) = value { value } else { nil }
    }

    /// A whole number that fits.
    package var int: Int? {
        if case .number(let literal) = value { Int(literal) } else { nil }
    }

    /// A member that says something: one that is there and is not null.
    package func member(_ name: String) -> Node? {
        guard let node = self[name], !node.isNull else { return nil }
        return node
    }
}
