/// Why a tool for semantic routing cannot do what it was asked for: what is wrong, and what to do.
package struct SemanticFault: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
