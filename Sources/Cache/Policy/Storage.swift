package import Wire

/// Whether an answer may be kept by a cache that serves many, and what is remembered of it (RFC 9111 3).
package enum Storage {
    /// Judges an answer by its head. `requested` and `received` are wall-clock milliseconds since 1970.
    package static func judge(
        _ request: RequestFacts, _ answer: ResponseHead, requested: Int64, received: Int64, _ policy: StoragePolicy
    ) -> Storability {
        judge(request, answer, agesBy: answer, requested: requested, received: received, policy)
    }

    /// The same where `Age` stands in another head: the one of a 304 that confirmed what is kept.
    static func judge(
        _ request: RequestFacts, _ answer: ResponseHead, agesBy source: ResponseHead, requested: Int64, received: Int64,
        _ policy: StoragePolicy
    ) -> Storability {
        let targeted = TargetedField.directives(answer.lines, policy.targeted)
        let directives = targeted ?? untargeted(answer.lines)
        if let reason = refusal(request, answer, directives, policy) { return .not(reason) }
        guard let vary = VaryKey.names(answer) else { return .not(.varyStar) }

        let now = received / 1000
        var facts = StoredFacts()
        facts.status = answer.status
        facts.requested = requested
        facts.received = received
        facts.date = answer.lines.first(.date).flatMap { HTTPDate.seconds($0, now: now) } ?? now
        facts.initialAge = ReceivedAge.initial(
            source.lines, requested: requested, received: received, date: facts.date)
        facts.vary = vary
        facts.tags = CacheTags.read(answer.lines)
        validators(answer.lines, now: now, &facts)
        let isAgent = request.method == .post
        // event streams carry `no-cache` by habit, against buffering; the rule knows better
        facts.alwaysRevalidate = directives.noCache && !isAgent
        let expiry = targeted == nil ? Freshness.expiry(answer.lines, now: now) : nil
        guard let freshness = freshness(answer.status, directives, expiry, facts, isAgent: isAgent, policy) else {
            return .not(.noLifetime)
        }
        // a lifetime that nobody stated is for answers that look the same to everybody
        if request.hasCookie, !freshness.isExplicit, !directives.isPublic, !isAgent, !policy.ignoresCredentials {
            return .not(.cookie)
        }
        facts.lifetime = freshness.lifetime
        facts.hasExplicitLifetime = freshness.isExplicit
        facts.isHeuristic = freshness.isHeuristic
        leave(directives, policy, &facts)
        return useless(facts).map { .not($0) } ?? .store(facts)
    }

    private static func untargeted(_ lines: HeadLines) -> CacheDirectives {
        var directives = CacheDirectives()
        lines.forEach(.cacheControl) { directives.read($0) }
        return directives
    }

    /// What forbids to keep it, whatever its lifetime.
    private static func refusal(
        _ request: RequestFacts, _ answer: ResponseHead, _ directives: CacheDirectives, _ policy: StoragePolicy
    ) -> NotStored? {
        if request.refusesStorage { return .requestNoStore }
        if request.hasSessionKey { return .sessionKey }
        switch request.method {
        case .get: if request.hasBody { return .requestBody }
        case .post:
            guard policy.agentLifetime != nil else { return .method }
            if answer.status != 200 { return .status }
        default: return .method
        }
        if let reason = StatusClass.refusal(answer.status) { return reason }
        if directives.mustUnderstand {
            if !StatusClass.isUnderstood(answer.status) { return .mustUnderstand }
        } else if directives.noStore {
            return .noStore
        }
        if directives.isPrivate { return .private }
        if answer.lines.first(.setCookie) != nil, !isWithheld("set-cookie", directives) { return .setCookie }
        // RFC 9111 3.5: these three give leave
        if request.hasAuthorization, !policy.ignoresCredentials,
            !(directives.isPublic || directives.mustRevalidate || directives.sMaxAge != nil)
        {
            return .authorization
        }
        return nil
    }

    /// The agent says that this field is for one client, and by that, that the rest is not: the field is not kept.
    private static func isWithheld(_ name: String, _ directives: CacheDirectives) -> Bool {
        let name = Array(name.utf8)
        return directives.privateFields.contains(name) || directives.noCacheFields.contains(name)
    }

    private static func validators(_ lines: HeadLines, now: Int64, _ facts: inout StoredFacts) {
        if let tag = lines.first("etag"), tag.count > 0, tag.count <= EntityTag.longest { facts.etag = Array(tag) }
        facts.lastModified = lines.first("last-modified").flatMap { HTTPDate.seconds($0, now: now) }
    }

    private static func freshness(
        _ status: Int, _ directives: CacheDirectives, _ expiry: Int64?, _ facts: StoredFacts, isAgent: Bool,
        _ policy: StoragePolicy
    ) -> Freshness? {
        let stated = Freshness.stated(directives, expiry, date: facts.date)
        if isAgent, let rule = policy.agentLifetime {
            guard let stated, stated.lifetime < rule else { return Freshness(lifetime: rule) }
            return stated
        }
        return stated
            ?? Freshness.assumed(
                status, directives, lastModified: facts.lastModified, date: facts.date, policy)
    }

    /// What may be served stale: what the answer says counts, then the rule; nothing where the answer forbids it.
    private static func leave(_ directives: CacheDirectives, _ policy: StoragePolicy, _ facts: inout StoredFacts) {
        facts.immutable = directives.immutable
        facts.mustRevalidate = directives.forbidsStale
        guard !facts.mustRevalidate, !facts.alwaysRevalidate else { return }
        facts.staleWhileRevalidate = directives.staleWhileRevalidate ?? policy.staleWhileRevalidate ?? 0
        facts.staleIfError = directives.staleIfError ?? policy.staleIfError ?? 0
    }

    /// Keeping it would serve nobody.
    private static func useless(_ facts: StoredFacts) -> NotStored? {
        if facts.hasValidator { return nil }
        if facts.alwaysRevalidate { return .noValidator }
        guard facts.lifetime <= facts.initialAge, facts.staleWhileRevalidate == 0, facts.staleIfError == 0 else {
            return nil
        }
        return facts.hasExplicitLifetime ? .expired : .noLifetime
    }
}
