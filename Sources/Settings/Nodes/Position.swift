/// Where something was written: a file with line and column, or the name of a variable or a flag.
package struct Position: Sendable, Hashable {
    /// The file's path as it was given, `OPENCLAW_GATEWAY_...`, or `--config.KEY`.
    package var source: String
    /// From 1; 0 where the source has no lines.
    package var line: Int
    /// In characters (Unicode scalars), from 1; 0 where the source has no lines.
    package var column: Int

    package init(source: String, line: Int = 0, column: Int = 0) {
        self.source = source
        self.line = line
        self.column = column
    }

    /// Nothing was written.
    package static let unwritten = Position(source: "configuration")
    /// The built-in defaults.
    package static let builtIn = Position(source: "default")

    /// `config/gateway.json:14:7`, or the source alone.
    package var text: String {
        line == 0 ? source : "\(source):\(line):\(column)"
    }
}
