internal import Access
internal import Balancer
internal import Cache
internal import NIOCore
internal import Routing
internal import Telemetry
internal import Wire

/// What is not kept is fetched: by way of a fill that others follow too, or by following one.
extension Exchange {
    /// Follows a fill for the same, or leads one. False: the request goes to an agent as any other.
    func fetch(_ turn: CacheTurn, _ plan: Plan) -> Bool {
        guard let key = turn.key, let client else { return false }
        let caches = loop.process.caches
        let isMarked = caches.marks.isMarked(key.hash, now: loop.wallMilliseconds)
        // nothing would be kept of it; of what is never kept, the agent answers conditions itself
        if head.method == .head || (turn.stale == nil && (turn.facts.hasRange || isMarked && turn.facts.isConditional))
        {
            missed(turn)
            turn.lease?.release()
            notCached = turn.reason
            caching = nil
            return false
        }
        let isShared = turn.caching.collapses && !isMarked && !turn.caching.isShadow
        if isShared, turn.mayJoin, let known = caches.fills.find(key), join(known, turn) { return true }
        let fill = Fill(key, ask(turn), plan, turn.caching, client, on: loop, isListed: isShared && turn.mayJoin)
        if isShared, turn.mayJoin, let known = caches.fills.lead(fill) {
            if join(known, turn) { return true }
            fill.leaveAlone()
        }
        if isShared, turn.mayJoin, turn.stale == nil, servesNow(turn) {
            fill.abandon()
            return true
        }
        missed(turn)
        let reader = Reader(self, fill, isLeader: true)
        stream = reader
        phase = .waiting
        _ = reader.begin(wait: .max)
        heedRoom()
        fill.start(for: self)
        return true
    }

    /// Counted once, however often it is tried.
    func missed(_ turn: CacheTurn) {
        guard !turn.isCounted else { return }
        turn.isCounted = true
        let asks = turn.stale?.facts.hasValidator == true && turn.agent == nil
        cacheOutcome = asks ? "revalidated" : "miss"
        loop.counters.add(1, to: asks ? .cacheRevalidations : .cacheMisses)
    }

    /// What was missed a moment ago may have come since, from a fill that is no longer under way.
    func servesNow(_ turn: CacheTurn) -> Bool {
        guard let key = turn.key, !turn.caching.isShadow else { return false }
        let now = loop.wallMilliseconds
        for memory in turn.caching.layers.memories {
            guard let answer = memory.store.find(key, now: now)?.selecting(head), holds(answer),
                Reusing.judge(answer.facts, turn.facts, now: now) == .fresh
            else { continue }
            turn.lease?.release()
            caching = nil
            serve(answer, from: memory.name)
            return true
        }
        return false
    }

    func ask(_ turn: CacheTurn, isBackground: Bool = false) -> FillAsk {
        FillAsk(
            turn.facts, address: AddressHash.of(head), kind: turn.agent.map { .agent(isStream: $0.isStream) } ?? .http,
            stale: turn.stale,
            servesOnError: turn.servesOnError, name: turn.name, tenant: credential?.tenant,
            isTenants: turn.caching.byTenant && credential != nil, reason: turn.reason, isBackground: isBackground,
            shadowed: turn.shadowed, lease: turn.lease,
            agentLifetime: turn.agent == nil ? nil : turn.caching.agents?.lifetime, similar: turn.similar)
    }

    func join(_ fill: Fill, _ turn: CacheTurn) -> Bool {
        // an answer of before it asked is not what it wants; and one from the cache may not come of it
        guard !turn.facts.wantsValidation, !turn.facts.directives.onlyIfCached else { return false }
        let reader = Reader(self, fill, isLeader: false)
        guard reader.begin(wait: turn.caching.wait) else { return false }
        stream = reader
        phase = .waiting
        turn.lease?.release()
        turn.lease = nil
        missed(turn)
        loop.counters.add(1, to: .cacheCoalesced)
        cacheOutcome = "collapsed"
        heedRoom()
        // it may have a head already
        reader.advance()
        return true
    }

    /// Fetches anew what is served stale, unless somebody does already.
    func refresh(_ turn: CacheTurn, _ plan: Plan) {
        guard let key = turn.key, let client, head.method != .head else { return }
        let fill = Fill(
            key, ask(turn, isBackground: true), plan, turn.caching, client, on: loop, isListed: true)
        guard loop.process.caches.fills.lead(fill) == nil else { return fill.leaveAlone() }
        fill.start(for: self)
    }

    /// What it waited for is not for this exchange, or takes too long: it asks for itself.
    func fetchAlone() {
        caching?.mayJoin = false
        fetchAgain()
    }

    /// What it waited for failed: one of those who waited leads the next try, and the others follow.
    func fetchAgain() {
        guard let turn = caching, let plan, !isEnded else { return }
        stream = nil
        phase = .gathering
        if turn.stale == nil, servesNow(turn) { return }
        if !fetch(turn, plan), findsBinding(plan) { balance(plan) }
    }
}
