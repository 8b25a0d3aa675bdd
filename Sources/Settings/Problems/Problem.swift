/// Something that is wrong with a configuration, and where.
package struct Problem: Sendable, Hashable, CustomStringConvertible {
    /// `.error`: wrong in every surrounding. `.unready`: a warning in `check`, an error in `run` (a missing `${NAME}`,
    /// protection that this version cannot give). `.warning`: worth a line, stops nothing.
    package enum Severity: String, Sendable {
        case error, unready, warning
    }

    package var severity: Severity
    package var position: Position
    /// The key, `gateway.http.listen`; empty where the problem is a whole file's.
    package var path: String
    package var message: String

    package init(severity: Severity, position: Position, path: String, message: String) {
        self.severity = severity
        self.position = position
        self.path = path
        self.message = message
    }

    /// One line: where, which key, what.
    package var description: String {
        let parts = [position.text, path, message].filter { !$0.isEmpty }
        return Quoted.oneLine(parts.joined(separator: ": "))
    }
}
