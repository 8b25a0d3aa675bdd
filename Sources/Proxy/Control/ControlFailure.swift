package import Settings

/// Why an operator's question or change was refused, in words that say what to do.
package struct ControlFailure: Error, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// The request is wrong, or does not fit what is there now.
        case invalidRequest = "INVALID_REQUEST"
        /// It may work later.
        case unavailable = "UNAVAILABLE"
        case unauthorized = "UNAUTHORIZED"
        case unknownMethod = "UNKNOWN_METHOD"
        /// A fault of this program or of the system under it.
        case internalError = "INTERNAL"
    }

    package var code: Code
    package var message: String
    /// What is wrong with the configuration, where that is the reason.
    package var issues: [Problem] = []
    /// Further members of the answer's `error`.
    package var extra: [(String, Node)] = []
    /// After how long another try makes sense.
    package var retryAfterMs: Int?

    package init(_ code: Code, _ message: String, issues: [Problem] = [], retryAfterMs: Int? = nil) {
        self.code = code
        self.message = message
        self.issues = issues
        self.retryAfterMs = retryAfterMs
    }

    package static func invalid(_ message: String, _ issues: [Problem] = []) -> ControlFailure {
        ControlFailure(.invalidRequest, message, issues: issues)
    }

    package var description: String { message }

    /// `{"code", "message", "issues"?, "retryAfterMs"?}`.
    package var node: Node {
        var members: [(String, Node)] = [("code", .string(code.rawValue)), ("message", .string(message))]
        if !issues.isEmpty { members.append(("issues", .list(issues.map(\.node)))) }
        if let retryAfterMs { members.append(("retryAfterMs", .int(retryAfterMs))) }
        return .object(members + extra)
    }
}

extension Problem {
    /// `{"path", "position", "message", "severity"}`.
    package var node: Node {
        .object([
            ("path", .string(path)), ("position", .string(position.text)), ("message", .string(message)),
            ("severity", .string(severity.rawValue)),
        ])
    }
}
