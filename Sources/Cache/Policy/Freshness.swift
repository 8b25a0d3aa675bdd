internal import Wire

/// How long an answer is fresh, and from what that is known (RFC 9111 4.2.1).
struct Freshness: Equatable {
    /// Seconds from age 0, never negative.
    var lifetime: Int64
    var isExplicit = false
    var isHeuristic = false

    /// What the answer says itself: `s-maxage`, `max-age`, then `Expires`; nil where it says nothing.
    static func stated(_ directives: CacheDirectives, _ expiry: Int64?, date: Int64) -> Freshness? {
        if let seconds = directives.sMaxAge ?? directives.maxAge {
            return Freshness(lifetime: seconds, isExplicit: true)
        }
        guard let expiry else { return nil }
        return Freshness(lifetime: min(DeltaSeconds.longest, max(0, expiry &- date)), isExplicit: true)
    }

    /// What the configuration says for an answer that says nothing, else what may be guessed; nil: nothing may.
    static func assumed(
        _ status: Int, _ directives: CacheDirectives, lastModified: Int64?, date: Int64, _ policy: StoragePolicy
    ) -> Freshness? {
        if let seconds = policy.negative[status] { return Freshness(lifetime: seconds) }
        guard StatusClass.isHeuristic(status) || directives.isPublic else { return nil }
        if status < 400, let seconds = policy.defaultLifetime { return Freshness(lifetime: seconds) }
        guard let lastModified, lastModified < date else { return Freshness(lifetime: 0) }
        let guess = Double(date &- lastModified) * policy.heuristicPart
        guard guess < Double(policy.heuristicCap) else {
            return Freshness(lifetime: policy.heuristicCap, isHeuristic: true)
        }
        return Freshness(lifetime: Int64(max(0, guess)), isHeuristic: true)
    }

    /// The moment that `Expires` names; nil without the field. One that is no date, or several that differ, are the
    /// past (RFC 9111 5.3, 4.2.1).
    static func expiry(_ lines: HeadLines, now: Int64) -> Int64? {
        var found: Int64?
        lines.forEach(.expires) { value in
            let moment = HTTPDate.seconds(value, now: now) ?? .min / 2
            found = found.map { $0 == moment ? $0 : .min / 2 } ?? moment
        }
        return found
    }
}
