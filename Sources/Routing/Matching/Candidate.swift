internal import Wire

/// One way in which a rule can win: by one of its hosts, or by none. Candidates stand in the order in which they win,
/// so that the best of several is the one with the lowest place.
struct Candidate {
    /// Place of the rule.
    var rule: Int32
    /// A bit for each `Method` that may pass.
    var methods: UInt16
    /// What else must hold, in `Tables.conditions`.
    var firstCondition: Int32
    var conditionCount: Int32

    static let everyMethod = UInt16.max

    @inline(__always)
    static func bit(_ method: Method) -> UInt16 { 1 << UInt16(method.rawValue) }
}

/// Something that must hold of a head beside path, host and well-known method. Plain memory: the texts stand in
/// `Tables.texts`.
struct Condition {
    enum Kind: UInt8 {
        /// The method is one of a comma-separated list, where it is none of the well-known.
        case otherMethod
        case fieldPresent, fieldExact, fieldFound
        case parameterPresent, parameterExact
    }

    var kind: Kind
    var name: UnsafeRawBufferPointer
    var value: UnsafeRawBufferPointer
    /// Owned by the tables.
    var expression: OpaquePointer?

    enum Verdict { case holds, fails, outOfMemory }

    func verdict(_ head: RequestHead) -> Verdict {
        switch kind {
        case .otherMethod:
            head.method != .other || Self.list(value, holds: head.methodBytes) ? .holds : .fails
        case .fieldPresent:
            head.first(named: name) != nil ? .holds : .fails
        case .fieldExact:
            head.first(named: name).map { $0.elementsEqual(value) } ?? false ? .holds : .fails
        case .fieldFound:
            fieldFound(head)
        case .parameterPresent:
            QueryText.has(head.query, name, value: nil) ? .holds : .fails
        case .parameterExact:
            QueryText.has(head.query, name, value: value) ? .holds : .fails
        }
    }

    private func fieldFound(_ head: RequestHead) -> Verdict {
        guard let expression, let field = head.first(named: name) else { return .fails }
        return switch Expression.find(expression, in: field) {
        case .found: .holds
        case .notFound: .fails
        case .outOfMemory: .outOfMemory
        }
    }

    private static func list(_ list: UnsafeRawBufferPointer, holds method: UnsafeRawBufferPointer) -> Bool {
        var start = 0
        for at in 0...list.count where at == list.count || list[at] == UInt8(ascii: ",") {
            if list[start..<at].elementsEqual(method) { return true }
            start = at + 1
        }
        return false
    }
}
