internal import Routing
internal import Semantics
internal import Settings
internal import Wire

/// What a body says before an agent is chosen, read as `Exchange` reads it: the text, the agent and the model it names.
struct ExplainedBody {
    /// Of the text, as many characters are told.
    private static let mostShown = 200

    let scanner: PromptScanner
    /// To judge; empty where there is none.
    let text: [UInt8]
    /// Its head and the request say that it may be JSON: else it is not looked at.
    let isLookedAt: Bool
    private let bytes: Int
    private let limit: Int
    private let meaning: Meaning

    /// Nil where no body was given: then nothing can be said of it.
    init?(_ question: RequestQuestion, _ head: RequestHead, _ generation: Generation) {
        guard let body = question.body, !body.isEmpty else { return nil }
        meaning = generation.meaning
        bytes = body.count
        limit = generation.settings.routing.semantic.bodyBytes.bytes
        isLookedAt = head.mayBringJSON && !head.asksUpgrade
        var scanner = PromptScanner(paths: meaning.paths)
        if isLookedAt { body.prefix(limit).withUnsafeBytes { scanner.take($0) } }
        text = scanner.text()
        self.scanner = scanner
    }

    /// Why there is no text to judge; nil where there is one.
    var obstacle: String? {
        if !text.isEmpty { return nil }
        if !isLookedAt {
            return "bodies are looked into of POST, PUT and PATCH whose Content-Type may be JSON, and not of upgrades"
        }
        if !scanner.isObject { return "the body is no JSON object" }
        let places = meaning.paths.map(\.description).joined(separator: ", ")
        let cut = bytes > limit ? " within the first \(limit) bytes" : ""
        let broken = scanner.isBroken ? ", and from some byte on it is no JSON" : ""
        return "there is no text at \(places)\(cut)\(broken)"
    }

    /// The name of the agent that is asked for.
    var agent: String? { scanner.agent.map { String(decoding: $0, as: UTF8.self) } }

    var node: Node {
        let shown = String(decoding: text, as: UTF8.self)
        let complexity = text.withUnsafeBytes { Complexity.of($0, tokens: scanner.tokens.count) }
        let reasons = complexity.reasons.map { reason in
            Node.object([
                ("name", .string(reason.name)), ("count", .int(reason.count)), ("points", .double(reason.points)),
            ])
        }
        return .object([
            ("read", .flag(isLookedAt)), ("reason", .text(obstacle)),
            ("path", .text(text.isEmpty ? nil : scanner.path?.description)), ("textBytes", .int(text.count)),
            ("text", .text(text.isEmpty ? nil : Self.shortened(shown))),
            ("language", .text(text.isEmpty ? nil : text.withUnsafeBytes { Language.of($0).rawValue })),
            ("tokens", .int(scanner.tokens.count)), ("turns", .int(scanner.turns)),
            (
                "complexity",
                text.isEmpty
                    ? .null
                    : .object([
                        ("level", .string(complexity.level.rawValue)), ("score", .double(complexity.score)),
                        ("reasons", .list(reasons)),
                    ])
            ),
            ("agent", .text(agent)), ("model", .text(model)),
        ])
    }

    /// As the body names it.
    private var model: String? {
        if case .string(let value, _) = scanner.model { String(decoding: value, as: UTF8.self) } else { nil }
    }

    static func shortened(_ text: String) -> String {
        text.count > mostShown ? text.prefix(mostShown) + "..." : text
    }
}
