/// A text that is not what its format asks for.
package struct SyntaxError: Error, Sendable, Equatable {
    package var position: Position
    package var message: String

    package init(_ position: Position, _ message: String) {
        self.position = position
        self.message = message
    }
}

/// Bounds on what a configuration may be, so that none can exhaust the process.
package enum Bounds {
    /// Containers within containers.
    package static let depth = 512
    /// Bytes of one file.
    package static let fileBytes = 64 << 20
    /// Nodes that aliases of one YAML file may stand for, all together.
    package static let aliasedNodes = 100_000
}
