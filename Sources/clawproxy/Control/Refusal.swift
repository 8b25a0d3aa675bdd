internal import Proxy
internal import Settings

/// A question that was not answered, as lines for people: what happened, where, and what to do.
struct Refusal {
    private let failure: RPCFailure
    private let control: Control
    private let hints: [String]
    private let isWrite: Bool

    init(_ failure: RPCFailure, _ control: Control, hints: [String] = [], isWrite: Bool = false) {
        self.failure = failure
        self.control = control
        self.hints = hints
        self.isWrite = isWrite
    }

    var lines: [String] {
        switch failure {
        case .unreachable(let reason): unreachable(reason)
        case .broken(let what): broken(what)
        case .refused(let code, let message, let retryAfterMs, let error): refused(code, message, retryAfterMs, error)
        }
    }

    private func broken(_ what: String) -> [String] {
        var lines = [
            Quoted.oneLine(what),
            "  asked at \(control.address.spelling) (\(control.addressOrigin)); if something else listens there, name"
                + " the proxy's admin listener with --admin",
        ]
        if isWrite { lines.append("  the change was made, or it was not: `clawproxy config history` tells") }
        return lines
    }

    private func unreachable(_ reason: String) -> [String] {
        [
            "no proxy answers at \(control.address.spelling) (\(control.addressOrigin)): \(control.reason(reason))",
            "  start it with `clawproxy run`, or name its admin listener with --admin; `clawproxy doctor` looks for the"
                + " cause",
        ]
    }

    private func refused(_ code: String, _ message: String, _ retryAfterMs: Int?, _ error: Node) -> [String] {
        let issues = error.list("issues")
        var lines = [head(message.isEmpty ? code : message, issues)] + Issues.lines(issues)
        lines += hints.map { "  \($0)" }
        lines += Replicas.lines(error.list("replicas"))
        return lines + remedy(code, message, retryAfterMs, issues).map { "  \($0)" }
    }

    /// The lists that a message names as those that would lose entries: `... entries of A, B; name them ...`.
    private static func lists(_ message: String) -> String? {
        guard let after = message.after("entries of "), let names = after.before(";"), !names.isEmpty else {
            return nil
        }
        return names.split(separator: ",").map { ValueText.key(String($0.drop { $0 == " " })) }.joined(separator: ",")
    }

    /// The message up to the first problem: all of them follow on lines of their own.
    private func head(_ message: String, _ issues: [Node]) -> String {
        let line = Quoted.oneLine(message)
        guard let first = issues.first.map(Issues.text), let words = line.before(first) else { return line }
        return words.isEmpty ? "the change is refused" : words
    }

    private func remedy(_ code: String, _ message: String, _ retryAfterMs: Int?, _ issues: [Node]) -> [String] {
        switch code {
        case "UNAUTHORIZED", "unauthorized", "admin_refused":
            let sent = control.token.origin.map { "the token that was sent is from \($0)" } ?? "no token was found"
            return [
                "\(sent); looked for in this order: \(AdminTokenFound.places)",
                "a proxy that another user runs keeps its token in the home of that user",
            ]
        case "UNAVAILABLE":
            if message.contains("retry") { return [] }
            return retryAfterMs.map { ["try again in \(max(1, ($0 + 999) / 1000)) s"] } ?? []
        case "UNKNOWN_METHOD":
            return ["the proxy that runs is of another version than this command; `clawproxy status` tells it"]
        case "INTERNAL":
            return ["the proxy's log says more"]
        default: break
        }
        if message.contains("config changed since last load") {
            return [
                "somebody else changed the file meanwhile; look at it with `clawproxy config get`, then run this again"
            ]
        }
        if message.contains("base hash required") {
            return ["give --base-hash HASH; `clawproxy config get --json` has it as `hash`"]
        }
        if message.contains("fix before patching") {
            return ["correct the file, or replace it: `clawproxy config apply FILE`, `clawproxy config rollback`"]
        }
        if message.contains("replacePaths") {
            return ["if the entries shall go, say so: --replace-paths \(Self.lists(message) ?? "KEYS")"]
        }
        return issues.isEmpty || message.contains("; ") ? [] : ["nothing was changed; correct this and run it again"]
    }
}

extension String {
    /// What stands before a piece of this text, without the colon between; nil where the piece is not in it.
    fileprivate func before(_ piece: String) -> String? {
        guard let start = place(of: piece) else { return nil }
        var words = String(decoding: utf8.prefix(start), as: UTF8.self)
        while let last = words.last, last == " " || last == ":" { words.removeLast() }
        return words
    }

    fileprivate func after(_ piece: String) -> String? {
        place(of: piece).map { String(decoding: utf8.dropFirst($0 + piece.utf8.count), as: UTF8.self) }
    }

    private func place(of piece: String) -> Int? {
        let (all, wanted) = (Array(utf8), Array(piece.utf8))
        guard !wanted.isEmpty, all.count >= wanted.count else { return nil }
        return (0...(all.count - wanted.count)).first { all[$0...].starts(with: wanted) }
    }
}
