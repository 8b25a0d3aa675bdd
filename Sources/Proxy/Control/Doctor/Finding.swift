package import Settings

/// What the doctor found about one thing: whether it is well, what was seen, and what to do about it.
package struct Finding: Sendable, Equatable {
    /// `.error`: something does not work. `.warning`: it works, and will not for long, or not for everybody.
    package enum Severity: String, Sendable {
        case error, warning, ok
    }

    package var severity: Severity
    /// The thing, in a word or two or as a key: `configuration`, `agent a`, `http.listen`.
    package var what: String
    /// What was seen, with its figures.
    package var detail: String
    /// The command or the key that mends it; empty where all is well.
    package var remedy: String

    package init(severity: Severity, what: String, detail: String, remedy: String = "") {
        self.severity = severity
        self.what = what
        self.detail = detail
        self.remedy = remedy
    }

    package static func ok(_ what: String, _ detail: String) -> Finding {
        Finding(severity: .ok, what: what, detail: detail)
    }

    package static func warning(_ what: String, _ detail: String, remedy: String) -> Finding {
        Finding(severity: .warning, what: what, detail: detail, remedy: remedy)
    }

    package static func error(_ what: String, _ detail: String, remedy: String) -> Finding {
        Finding(severity: .error, what: what, detail: detail, remedy: remedy)
    }
}

extension Finding {
    /// A row of `findings` in the payload of `doctor`.
    package var node: Node {
        .object([
            ("severity", .string(severity.rawValue)), ("what", .string(what)), ("detail", .string(detail)),
            ("remedy", .string(remedy)),
        ])
    }

    /// A row back from a payload; nil where it is none.
    package init?(_ node: Node) {
        guard let severity = node["severity"]?.string.flatMap(Severity.init), let what = node["what"]?.string else {
            return nil
        }
        self.init(
            severity: severity, what: what, detail: node["detail"]?.string ?? "", remedy: node["remedy"]?.string ?? "")
    }
}
