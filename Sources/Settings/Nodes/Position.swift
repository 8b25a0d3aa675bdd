import Synchronization

/// Where something was written: a file with line and column, or the name of a variable or a flag.
///
/// Small and free of references: a configuration has some hundred thousand of them, and is copied about.
package struct Position: Sendable, Hashable {
    private var place: Source
    private var lineNumber: Int32
    private var columnNumber: Int32

    /// The file's path as it was given, `OPENCLAW_GATEWAY_...`, or `--config.KEY`.
    package var source: String { place.name }
    /// From 1; 0 where the source has no lines.
    package var line: Int { Int(lineNumber) }
    /// In characters (Unicode scalars), from 1; 0 where the source has no lines.
    package var column: Int { Int(columnNumber) }

    package init(source: String, line: Int = 0, column: Int = 0) {
        self.init(Source(source), line: line, column: column)
    }

    init(_ source: Source, line: Int, column: Int) {
        place = source
        lineNumber = Int32(clamping: line)
        columnNumber = Int32(clamping: column)
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

/// The name of a source, told once: files, variables and flags of one process are few.
struct Source: Sendable, Hashable {
    private struct Table {
        var numbers: [String: Int32] = [:]
        var names: [String] = []
    }

    private static let table = Mutex(Table())
    private let number: Int32

    init(_ name: String) {
        number = Self.table.withLock { table in
            if let known = table.numbers[name] { return known }
            let fresh = Int32(table.names.count)
            table.names.append(name)
            table.numbers[name] = fresh
            return fresh
        }
    }

    var name: String { Self.table.withLock { $0.names[Int(number)] } }
}
