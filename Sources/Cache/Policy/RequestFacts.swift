package import Wire

/// What the cache must know of a request. Made for every request that may be answered from the cache: a plain GET costs
/// one pass over the ids of its fields.
package struct RequestFacts: Sendable, Equatable {
    /// The directives of a request that has some, apart, so that the facts of all others are a few bytes.
    final class Wishes: Sendable, Equatable {
        let directives: CacheDirectives

        init(_ directives: CacheDirectives) { self.directives = directives }

        static func == (one: Wishes, other: Wishes) -> Bool { one.directives == other.directives }
    }

    package var method: Method
    /// nil without `Cache-Control`.
    private(set) var wishes: Wishes?
    /// `Pragma: no-cache` without a `Cache-Control`, which would be the one to heed (RFC 9111 5.4).
    package var pragmaNoCache = false
    /// The request that goes to the agent carries `Authorization`. Whoever takes the field away says so here.
    package var hasAuthorization: Bool
    package var hasCookie = false
    package var hasSessionKey: Bool
    package var hasRange = false
    /// One of the five `If-` fields stands in it.
    package var isConditional = false
    package var hasBody: Bool

    package init(_ head: RequestHead) {
        method = head.method
        hasAuthorization = head.authorizationField >= 0
        hasSessionKey = head.hasSessionKey
        if case .none = head.framing { hasBody = false } else { hasBody = true }
        let lines = head.lines
        let fields = lines.fields
        var hasControl = false
        var hasPragma = false
        for at in 0..<lines.fieldCount {
            // no sets of bits here: the number of a name is a call from another module, its case is not
            switch fields[at].id {
            case .other: continue
            case .cookie: hasCookie = true
            case .range: hasRange = true
            case .ifMatch, .ifNoneMatch, .ifModifiedSince, .ifUnmodifiedSince, .ifRange: isConditional = true
            case .cacheControl: hasControl = true
            case .pragma: hasPragma = true
            default: continue
            }
        }
        if hasControl { readControl(lines) } else if hasPragma { readPragma(lines) }
    }

    /// A plain request, as tests and requests of our own need it.
    package init(method: Method) {
        self.method = method
        hasAuthorization = false
        hasSessionKey = false
        hasBody = false
    }

    package var directives: CacheDirectives { wishes?.directives ?? CacheDirectives() }
    /// The client wants nothing of this exchange kept (RFC 9111 5.2.1.5).
    package var refusesStorage: Bool { wishes?.directives.noStore ?? false }

    /// The client wants no answer that was not confirmed just now.
    package var wantsValidation: Bool {
        if let directives = wishes?.directives { return directives.noCache || directives.maxAge == 0 }
        return pragmaNoCache
    }

    private mutating func readControl(_ lines: HeadLines) {
        var directives = CacheDirectives()
        lines.forEach(.cacheControl) { directives.read($0) }
        wishes = Wishes(directives)
    }

    private mutating func readPragma(_ lines: HeadLines) {
        var found = false
        lines.forEach(.pragma) { value in
            value.forEachListMember { if $0.isCaseless("no-cache") { found = true } }
        }
        pragmaNoCache = found
    }
}
