internal import Wire

/// What to do with what is kept, or with the lack of it, for one request.
package enum Reuse: Sendable, Equatable {
    /// Served as it is: fresh, or stale by the client's own leave (`max-stale`).
    case fresh
    /// Served as it is, while a new one is fetched.
    case staleWhileRevalidating
    /// The agent is asked first. If it fails, what is kept may stand in.
    case revalidate(mayServeOnError: Bool)
    /// Nothing is kept that could serve this request: fetched anew.
    case unusable
    /// The client wants an answer from the cache or none: 504 (RFC 9111 5.2.1.7).
    case unsatisfiable
}

/// Whether a kept answer may serve a request (RFC 9111 4).
package enum Reusing {
    /// `stored` is what the key and `Vary` select; `now` is wall-clock milliseconds.
    package static func judge(_ stored: StoredFacts?, _ request: RequestFacts, now: Int64) -> Reuse {
        let answer = withoutBound(stored, request, now)
        guard let wishes = request.wishes, wishes.directives.onlyIfCached else { return answer }
        switch answer {
        case .fresh, .staleWhileRevalidating: return answer
        case .revalidate, .unusable, .unsatisfiable: return .unsatisfiable
        }
    }

    private static func withoutBound(_ stored: StoredFacts?, _ request: RequestFacts, _ now: Int64) -> Reuse {
        guard let stored, isAskable(request) else { return .unusable }
        let wishes = request.wishes?.directives
        if request.refusesStorage { return .unusable }
        if stored.alwaysRevalidate || request.wantsValidation { return .revalidate(mayServeOnError: false) }
        let age = stored.age(now)
        let left = stored.lifetime &- age
        if let wishes {
            if let oldest = wishes.maxAge, age > oldest { return .revalidate(mayServeOnError: false) }
            if let rest = wishes.minFresh, left < rest { return .revalidate(mayServeOnError: false) }
        }
        return left > 0 ? .fresh : stale(stored, wishes, by: 0 &- left)
    }

    /// A content in a GET has no meaning that a cache could know (RFC 9110 9.3.1); a session is nobody else's.
    @inline(__always)
    private static func isAskable(_ request: RequestFacts) -> Bool {
        if request.hasSessionKey { return false }
        switch request.method {
        case .get, .head: return !request.hasBody
        case .post: return true
        default: return false
        }
    }

    private static func stale(_ stored: StoredFacts, _ wishes: CacheDirectives?, by seconds: Int64) -> Reuse {
        if stored.mustRevalidate { return .revalidate(mayServeOnError: false) }
        if let taken = wishes?.maxStale, seconds <= taken { return .fresh }
        if seconds < stored.staleWhileRevalidate { return .staleWhileRevalidating }
        let leave = max(stored.staleIfError, wishes?.staleIfError ?? 0)
        return .revalidate(mayServeOnError: seconds < leave)
    }
}
