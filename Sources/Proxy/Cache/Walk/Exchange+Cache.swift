internal import Access
internal import Balancer
internal import Cache
internal import NIOCore
internal import Routing
internal import Telemetry
internal import Wire

/// The cache's part of the walk: what is kept is served, what is being fetched is joined, and the rest is fetched.
extension Exchange {
    /// True: the answer comes from the cache, or by way of it; `balance` is not for this exchange, or follows by itself.
    @inline(__always)
    func consults(_ plan: Plan) -> Bool {
        guard let caching = plan.caching, !isUpgrade, grpc == nil else { return false }
        switch head.method {
        case .get, .head: return look(plan, caching)
        case .post where caching.agents != nil && isForModels(plan): return gathers(plan, caching)
        default:
            bypasses(.method)
            return false
        }
    }

    /// The cache is not asked; the answer tells why.
    func bypasses(_ why: CacheStatusText.Forwarded) {
        notCached = why
        cacheOutcome = "bypass"
        loop.counters.add(1, to: .cacheBypasses)
    }

    /// Looks in memory. A fresh answer goes out at once.
    func look(_ plan: Plan, _ caching: CachePlan) -> Bool {
        var facts = RequestFacts(head)
        if plan.consumesAuthorization { facts.hasAuthorization = false }
        guard !facts.hasBody, !facts.hasSessionKey, !facts.directives.noStore else {
            bypasses(facts.hasBody || facts.hasSessionKey ? .bypass : .request)
            return false
        }
        if plan.isSplit, target == nil { target = plan.target(&loop.random) }
        caching.writeKey(
            &loop.cacheKey, head, of: client, target: plan.isSplit ? target?.pool.pool.name : nil,
            tenant: credential?.tenant, identity: credential?.lines)
        let now = loop.wallMilliseconds
        let found = find(in: caching.layers, now)
        if let (resource, layer) = found, let answer = resource.selecting(head), holds(answer),
            suits(answer, facts, caching)
        {
            switch Reusing.judge(answer.facts, facts, now: now) {
            case .fresh where !caching.isShadow:
                count(caching.layers.memories[layer].label, .hit)
                serve(answer, from: caching.layers.memories[layer].name)
                return true
            case let reuse:
                // what comes in its place is for who asked for it
                markCredentials(plan, &facts)
                return take(answer, reuse, CacheTurn(caching, facts), plan, variants: true)
            }
        }
        for memory in caching.layers.memories { count(memory.label, .miss) }
        markCredentials(plan, &facts)
        return take(nil, Reusing.judge(nil, facts, now: now), CacheTurn(caching, facts), plan, variants: found != nil)
    }

    /// Keys in fields of their own count as `Authorization` does. Not looked for where a fresh answer goes out.
    private func markCredentials(_ plan: Plan, _ facts: inout RequestFacts) {
        if CachePlan.carriesCredentials(head, without: plan.consumedKey) { facts.hasAuthorization = true }
    }

    /// What is taken to be fresh without having said so is not for those who say who they are.
    @inline(__always)
    func suits(_ answer: StoredAnswer, _ facts: RequestFacts, _ caching: CachePlan) -> Bool {
        if answer.facts.hasExplicitLifetime || caching.ignoresCredentials { return true }
        return !facts.hasCookie && !facts.hasAuthorization && !CachePlan.carriesCredentials(head, without: plan?.consumedKey)
    }

    /// Looks the key up that stands in `loop.cacheKey`. Of many lookups one is timed: the clock costs as much as the table.
    @inline(__always)
    func find(in layers: CacheLayers, _ now: Int64) -> (Resource, Int)? {
        loop.cacheLookups &+= 1
        guard loop.cacheLookups & 63 == 0 else {
            loop.lookupTime = nil
            return loop.cacheKey.withKey { layers.find($0, hash: $1, now: now) }
        }
        let began = Loop.monotonic()
        let found = loop.cacheKey.withKey { layers.find($0, hash: $1, now: now) }
        loop.lookupTime = Loop.monotonic() &- began
        return found
    }

    @inline(__always)
    func count(_ label: Int, _ outcome: CacheLookup) {
        loop.counters.cacheLookup(layer: label, outcome, nanoseconds: loop.lookupTime)
    }

    /// Nothing has made it invalid since.
    @inline(__always)
    func holds(_ answer: StoredAnswer) -> Bool {
        let invalidations = loop.process.caches.invalidations
        return invalidations.isQuiet || invalidations.holds(answer.facts, AddressHash.of(head))
    }

    /// What follows from what memory holds.
    func take(_ answer: StoredAnswer?, _ reuse: Reuse, _ turn: CacheTurn, _ plan: Plan, variants: Bool) -> Bool {
        turn.key = loop.cacheKey.key
        turn.reason = answer != nil ? .stale : variants ? .varyMiss : .uriMiss
        // fresh, but not for this client
        if case .revalidate = reuse, let answer, answer.facts.freshFor(loop.wallMilliseconds) > 0 {
            turn.reason = .request
        } else if turn.facts.wantsValidation {
            turn.reason = .request
        }
        return act(answer, reuse, turn, plan, isLast: turn.caching.layers.distants.isEmpty)
    }

    /// - Parameter isLast: no further layer could have it.
    func act(_ answer: StoredAnswer?, _ reuse: Reuse, _ turn: CacheTurn, _ plan: Plan, isLast: Bool) -> Bool {
        switch reuse {
        case .fresh:
            // only where nobody is served
            turn.shadowed = answer
            turn.reason = .bypass
        case .staleWhileRevalidating where !turn.caching.isShadow:
            guard let answer else { break }
            turn.stale = answer
            refresh(turn, plan)
            serve(answer, from: "stale-while-revalidate")
            return true
        case .revalidate(let mayServe):
            guard !turn.caching.isShadow else { break }
            turn.stale = answer
            turn.servesOnError = mayServe
        case .unsatisfiable:
            if isLast {
                fail(Failure.onlyIfCached)
                return true
            }
        case .staleWhileRevalidating, .unusable: break
        }
        caching = turn
        if !isLast, answer == nil || turn.facts.wantsValidation == false { return askLayers(turn, plan) }
        return fetch(turn, plan)
    }
}

extension Failure {
    static var onlyIfCached: Failure {
        Failure(
            .onlyIfCached, "the request takes an answer from the cache or none (only-if-cached), and there is none",
            hint: "ask without Cache-Control: only-if-cached")
    }
}
