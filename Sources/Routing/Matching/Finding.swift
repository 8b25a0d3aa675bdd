internal import Settings
internal import Wire

/// One rule beside one request, the plain way.
enum Finding {
    case fits(Draft)
    case fails(String, held: Int)

    init(_ rule: Rule, _ head: RequestHead, patternOrder: Int, isDefault: Bool) {
        let match = rule.match
        var draft = Draft(
            rule: rule.index, group: 0, host: -1, kind: isDefault ? .byDefault : .everyPath,
            priority: isDefault ? .min : rule.priority, order: 0, hostRank: 2, hostLength: 0, match: match)
        self =
            if let reason = Self.path(match, head.path, &draft, patternOrder) {
                .fails(reason, held: 0)
            } else if let reason = Self.host(match, head.host, &draft) {
                .fails(reason, held: 1)
            } else if let reason = Self.method(match, head) {
                .fails(reason, held: 2)
            } else if let reason = Self.fields(match, head) {
                .fails(reason, held: 3)
            } else if let reason = Self.parameters(match, head) {
                .fails(reason, held: 4)
            } else {
                .fits(draft)
            }
    }

    private static func path(
        _ match: MatchSettings, _ path: UnsafeRawBufferPointer, _ draft: inout Draft, _ patternOrder: Int
    ) -> String? {
        let text = match.pattern ?? ""
        let fault = "its pattern has a fault"
        switch match.type {
        case .exact:
            draft.kind = .exact
            guard let exact = try? PathPattern.exact(text) else { return fault }
            return path.elementsEqual(exact) ? nil : "the path is not \(Quoted.quote(text))"
        case .prefix:
            draft.kind = .prefix
            guard let prefix = try? PathPattern.prefix(text) else { return fault }
            draft.order = -prefix.count
            return isBelow(path, prefix) ? nil : "the path is not below \(Quoted.quote(text))"
        case .regex:
            draft.kind = .regex
            draft.order = patternOrder
            guard let expression = try? Expression(Array(text.utf8)) else { return fault }
            switch expression.find(in: path) {
            case .found: return nil
            case .notFound: return "\(Quoted.quote(text)) is not found in the path"
            case .outOfMemory: return "memory ran out"
            }
        case .semantic:
            draft.kind = .semantic
            guard let prefix = try? PathPattern.prefix(text.isEmpty ? "/" : text) else { return fault }
            draft.order = -prefix.count
            return isBelow(path, prefix) ? nil : "the path is not below \(Quoted.quote(text.isEmpty ? "/" : text))"
        case .default:
            return nil
        }
    }

    private static func isBelow(_ path: UnsafeRawBufferPointer, _ prefix: [UInt8]) -> Bool {
        let border = path.count == prefix.count || path.dropFirst(prefix.count).first == UInt8(ascii: "/")
        return path.starts(with: prefix) && border
    }

    private static func host(
        _ match: MatchSettings, _ authority: UnsafeRawBufferPointer, _ draft: inout Draft
    ) -> String? {
        if match.hosts.isEmpty { return nil }
        let name = (try? HostPattern.read(authority.text)) ?? ""
        let patterns = match.hosts.compactMap { try? HostPattern.read($0) }
        if patterns.contains(name) {
            draft.hostRank = 0
            return nil
        }
        let covering = patterns.filter { pattern in
            pattern.hasPrefix("*.") && name.hasSuffix(pattern.dropFirst()) && name.utf8.count >= pattern.utf8.count
        }
        guard let longest = covering.map(\.utf8.count).max() else {
            return "the host is not \(Quoted.list(match.hosts.prefix(5).map(Quoted.quote)))"
        }
        draft.hostRank = 1
        draft.hostLength = longest
        return nil
    }

    private static func method(_ match: MatchSettings, _ head: RequestHead) -> String? {
        let methods = match.methods.map(MethodNames.spelled)
        if methods.isEmpty || methods.contains(head.methodBytes.text) { return nil }
        return "the method is not \(Quoted.list(methods.map(Quoted.shortened)))"
    }

    private static func fields(_ match: MatchSettings, _ head: RequestHead) -> String? {
        for (name, value) in match.headers.sorted(by: { $0.key < $1.key }) {
            guard let field = head.first(named: String(decoding: Field.lower(name), as: UTF8.self)) else {
                return "the field \(name) is not there"
            }
            if value == "*" { continue }
            let fits =
                value.hasPrefix("~")
                ? (try? Expression(Array(value.utf8.dropFirst())))?.find(in: field) == .found
                : field.elementsEqual(Field.trimmed(value).utf8)
            if !fits { return "the field \(name) has another value" }
        }
        return nil
    }

    private static func parameters(_ match: MatchSettings, _ head: RequestHead) -> String? {
        for (name, value) in match.query.sorted(by: { $0.key < $1.key }) {
            func has(_ value: String?) -> Bool {
                Array(name.utf8).withUnsafeBytes { name in
                    guard let value else { return QueryText.has(head.query, name, value: nil) }
                    return Array(value.utf8).withUnsafeBytes { QueryText.has(head.query, name, value: $0) }
                }
            }
            if !has(nil) { return "the parameter \(Quoted.quote(name)) is not there" }
            if value != "*", !has(value) { return "the parameter \(Quoted.quote(name)) has another value" }
        }
        return nil
    }
}
