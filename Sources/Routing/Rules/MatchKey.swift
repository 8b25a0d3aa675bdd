/// What a match takes, so that two that take the same can be found.
struct MatchKey: Hashable {
    private let type: MatchType
    private let pattern: [UInt8]
    private let hosts: Set<String>
    private let methods: Set<String>
    private let headers: [[UInt8]: String]
    private let query: [String: String]

    /// Nil for a match that has a fault of its own, and for semantic ones: of those that take the same path the text
    /// decides.
    init?(_ match: MatchSettings) {
        type = match.type
        switch match.type {
        case .semantic: return nil
        case .default: pattern = []
        case .exact, .prefix:
            guard
                let path = try? match.type == .exact
                    ? PathPattern.exact(match.pattern ?? "") : PathPattern.prefix(match.pattern ?? "")
            else { return nil }
            pattern = path
        case .regex:
            guard let text = match.pattern else { return nil }
            pattern = Array(text.utf8)
        }
        hosts = Set(match.hosts.map { (try? HostPattern.read($0)) ?? $0 })
        methods = Set(match.methods.map(MethodNames.spelled))
        headers = Dictionary(
            match.headers.map { (Field.lower($0.key), $0.value) }, uniquingKeysWith: { first, _ in first })
        query = match.query
    }
}
