internal import Settings

/// A way in which a rule can win, with all that decides between it and others.
struct Draft {
    /// The kinds of match in the order in which they win.
    enum Kind: Int {
        case exact, prefix, regex, semantic, everyPath, byDefault

        static let inWords = "exact, prefix, regex, semantic, default"
    }

    var rule: Int
    var group: Int
    /// Number of the host, or -1.
    var host: Int
    var kind: Kind
    var priority: Int
    /// Of a prefix, a semantic rule's too, the negative length, of an expression its number: the lower one wins.
    var order: Int
    /// 0 for an exact host, 1 for a wildcard, 2 for none.
    var hostRank: Int
    /// Of a wildcard.
    var hostLength: Int
    var match: MatchSettings

    /// The one place where the order is decided (told to users in `RoutingSettings`): negative where this one wins, and
    /// why.
    func compared(_ other: Draft) -> (order: Int, why: String) {
        func last(_ kind: Kind) -> Int { kind == .byDefault ? 1 : 0 }
        let steps: [(order: Int, why: String)] = [
            (last(kind) - last(other.kind), "a rule of its own, before routing.default"),
            (other.priority < priority ? -1 : other.priority > priority ? 1 : 0, "of higher priority"),
            (kind.rawValue - other.kind.rawValue, "of a type that comes first: \(Kind.inWords)"),
            (order - other.order, kind == .regex ? "with an expression written first" : "with a longer prefix"),
            (hostRank - other.hostRank, "with a more exact host"),
            (other.hostLength - hostLength, "with a longer wildcard"),
            ((match.methods.isEmpty ? 1 : 0) - (other.match.methods.isEmpty ? 1 : 0), "with methods"),
            (other.match.headers.count - match.headers.count, "with more fields"),
            (other.match.query.count - match.query.count, "with more parameters"),
            (rule - other.rule, "written first"),
        ]
        return steps.first { $0.order != 0 } ?? (0, "the same")
    }

    /// The same order, for sorting many.
    func isBefore(_ other: Draft) -> Bool {
        if priority != other.priority { return priority > other.priority }
        if kind != other.kind { return kind.rawValue < other.kind.rawValue }
        if order != other.order { return order < other.order }
        return compared(other).order < 0
    }
}
