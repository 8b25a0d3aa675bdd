internal import Wire

/// What the head of a request for an agent says: whether it may be cached, and which of its fields its key has.
struct AgentFields {
    /// Whoever's names begin so speaks of what is asked: API versions, betas, projects, an agent's settings.
    static let families: [StaticString] = ["anthropic-", "openai-", "x-openclaw-"]

    /// Header fields that say who asks, beside `Authorization`.
    private static let credentials: [StaticString] = [
        "cookie", "x-api-key", "api-key", "x-goog-api-key", "x-auth-token", "x-openclaw-token",
        "ocp-apim-subscription-key",
    ]
    private static let sessions: [StaticString] = [
        "mcp-session-id", "x-session-id", "session-id", "x-conversation-id", "x-thread-id",
    ]

    private let lines: HeadLines
    private let chosen: [[UInt8]]
    /// Of the fields that the key has.
    private var kept: [Int] = []
    /// An event stream is among what the client takes.
    private(set) var takesEvents = false

    /// - Parameter hasCredentials: `Authorization` goes on to the agent.
    init(_ head: RequestHead, _ policy: AgentCachePolicy, hasCredentials: Bool) throws(NotCached) {
        guard head.method == .post else { throw .method }
        guard !head.hasSessionKey else { throw .session }
        guard !hasCredentials || policy.allowsCredentials else { throw .credentials }
        lines = head.lines
        chosen = policy.headers
        for at in 0..<lines.fieldCount { try take(at, policy) }
    }

    private mutating func take(_ at: Int, _ policy: AgentCachePolicy) throws(NotCached) {
        let field = lines.fields[at]
        let name = lines.name(field)
        let value = lines.value(field)
        if field.id == .contentType {
            guard Self.isJSON(value) else { throw .contentType }
        } else if name.isCaseless("content-encoding") {
            guard value.isCaseless("identity") else { throw .contentType }
        } else if name.isCaseless("accept") {
            value.forEachListMember { if $0.isPrefixedCaseless("text/event-stream") { takesEvents = true } }
        } else if Self.sessions.contains(where: { name.isCaseless($0) }) {
            throw .session
        } else if !policy.allowsCredentials, !policy.consumed.withUnsafeBytes({ name.isCaseless($0) }), Self.credentials.contains(where: { name.isCaseless($0) }) {
            throw .credentials
        }
        if isKept(name) { kept.append(at) }
    }

    private func isKept(_ name: UnsafeRawBufferPointer) -> Bool {
        Self.families.contains { name.isPrefixedCaseless($0) }
            || chosen.contains { lowercased in lowercased.withUnsafeBytes { name.isCaseless($0) } }
    }

    /// `application/json` or `application/...+json`, in UTF-8 where a charset is said.
    static func isJSON(_ type: UnsafeRawBufferPointer) -> Bool {
        let parts = type.split(separator: 0x3b).map { UnsafeRawBufferPointer(rebasing: $0).trimmed }
        guard let essence = parts.first else { return false }
        let ending = UnsafeRawBufferPointer(rebasing: essence.suffix(5))
        guard
            essence.isCaseless("application/json")
                || essence.isPrefixedCaseless("application/") && ending.isCaseless("+json")
        else { return false }
        return parts.dropFirst().allSatisfy { parameter in
            !parameter.isPrefixedCaseless("charset=") || parameter.isCaseless("charset=utf-8")
                || parameter.isCaseless("charset=\"utf-8\"")
        }
    }

    /// The fields of a key: names in order and in lower case, fields of one name as they came.
    func add(to text: inout KeyText) {
        let lines = lines
        let fields = kept.map { at in
            (name: lines.name(lines.fields[at]).map(ByteClass.lower), value: lines.value(lines.fields[at]))
        }
        let order = fields.indices.sorted { one, other in
            let names = (fields[one].name, fields[other].name)
            return names.0 == names.1 ? one < other : names.0.lexicographicallyPrecedes(names.1)
        }
        for index in order { text.add(.field, fields[index].name + [0x3a] + fields[index].value) }
    }
}
