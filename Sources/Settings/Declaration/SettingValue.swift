/// A type that a key's value is read into.
package protocol SettingValue: Sendable, Equatable {
    /// The value, or nil after what is wrong was reported.
    static func read(_ node: Node, _ reading: inout Reading) -> Self?
    /// Type words for the reference, messages and the JSON Schema.
    static var shape: Shape { get }
    /// JSON text of this value in its canonical spelling, as the reference and the example show it.
    var text: String { get }
    /// The same as a node.
    var node: Node { get }
}

extension SettingValue {
    package var node: Node { Node(shown: text) }
}

extension Reading {
    /// Reports that the node cannot be a value of this type.
    package mutating func expected<V: SettingValue>(_ type: V.Type, _ node: Node) {
        expected(V.shape.expected, node)
    }
}
