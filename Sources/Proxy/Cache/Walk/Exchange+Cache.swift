internal import Access
internal import Balancer
internal import Cache
internal import NIOCore
internal import Routing
internal import Telemetry
internal import Wire

/// The cache's part of the walk: what is kept is served, what is being fetched is joined, and the rest is fetched.
extension Exchange {
    /// The longest body of a request whose answer is looked for, in bytes.
    private static let longestBody = 1 << 20

    /// True: the answer comes from the cache, or by way of it; `balance` is not for this exchange, or follows by itself.
    @inline(__always)
    func consults(_ plan: Plan) -> Bool {
        guard let caching = plan.caching, !isUpgrade else { return false }
        switch head.method {
        case .get, .head: return look(plan, caching)
        case .post where caching.agents != nil && isForModels(plan): return gathers(plan, caching)
        default:
            bypasses(.method)
            return false
        }
    }

    /// The cache is not asked; the answer tells why.
    private func bypasses(_ why: CacheStatusText.Forwarded) {
        notCached = why
        cacheOutcome = "bypass"
        loop.counters.add(1, to: .cacheBypasses)
    }

    /// Looks in memory. A fresh answer goes out at once.
    private func look(_ plan: Plan, _ caching: CachePlan) -> Bool {
        var facts = RequestFacts(head)
        if plan.consumesAuthorization { facts.hasAuthorization = false }
        guard !facts.hasBody, !facts.hasSessionKey, !facts.directives.noStore else {
            bypasses(facts.hasBody || facts.hasSessionKey ? .bypass : .request)
            return false
        }
        if plan.isSplit, target == nil { target = plan.target(&loop.random) }
        caching.writeKey(&loop.cacheKey, head, target: plan.isSplit ? target?.pool.pool.name : nil, tenant: credential?.tenant)
        let now = loop.wallMilliseconds
        let found = loop.cacheKey.withKey { caching.layers.find($0, hash: $1, now: now) }
        if let (resource, layer) = found, let answer = resource.selecting(head), holds(answer), suits(answer, facts, caching) {
            switch Reusing.judge(answer.facts, facts, now: now) {
            case .fresh where !caching.isShadow:
                count(caching.layers.memories[layer].label, .hit)
                serve(answer, from: caching.layers.memories[layer].name)
                return true
            case let reuse: return take(answer, reuse, CacheTurn(caching, facts), plan, variants: true)
            }
        }
        for memory in caching.layers.memories { count(memory.label, .miss) }
        if CachePlan.carriesCredentials(head) { facts.hasAuthorization = true }
        return take(nil, Reusing.judge(nil, facts, now: now), CacheTurn(caching, facts), plan, variants: found != nil)
    }

    /// What is taken to be fresh without having said so is not for those who say who they are.
    @inline(__always)
    private func suits(_ answer: StoredAnswer, _ facts: RequestFacts, _ caching: CachePlan) -> Bool {
        if answer.facts.hasExplicitLifetime || caching.ignoresCredentials { return true }
        return !facts.hasCookie && !facts.hasAuthorization && !CachePlan.carriesCredentials(head)
    }

    /// A lookup in memory takes less than can be told from the clock of this turn.
    @inline(__always)
    private func count(_ label: Int, _ outcome: CacheLookup) {
        loop.counters.cacheLookup(layer: label, outcome)
    }

    /// Nothing has made it invalid since.
    @inline(__always)
    private func holds(_ answer: StoredAnswer) -> Bool {
        let invalidations = loop.process.caches.invalidations
        return invalidations.isQuiet || invalidations.holds(answer.facts, AddressHash.of(head))
    }

    /// What follows from what memory holds.
    private func take(_ answer: StoredAnswer?, _ reuse: Reuse, _ turn: CacheTurn, _ plan: Plan, variants: Bool) -> Bool {
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
    private func act(_ answer: StoredAnswer?, _ reuse: Reuse, _ turn: CacheTurn, _ plan: Plan, isLast: Bool) -> Bool {
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

    // MARK: other layers

    /// Asks the layers that answer later, one after the other.
    private func askLayers(_ turn: CacheTurn, _ plan: Plan) -> Bool {
        guard let key = turn.key, let name = turn.caching.name(of: key, tenant: credential?.tenant, secret: loop.process.secret)
        else { return fetch(turn, plan) }
        turn.name = name
        // who asks for what is being fetched need not look for it
        if head.method != .head, let fill = loop.process.caches.fills.find(key), join(fill, turn) { return true }
        askLayer(0, turn, plan, serial)
        return true
    }

    private func askLayer(_ number: Int, _ turn: CacheTurn, _ plan: Plan, _ serial: UInt64) {
        let distants = turn.caching.layers.distants
        guard number < distants.count, let name = turn.name else {
            if turn.facts.directives.onlyIfCached { return fail(Failure.onlyIfCached) }
            if turn.caching.leases, askLease(turn, plan, serial) { return }
            if !fetch(turn, plan), findsBinding(plan) { balance(plan) }
            return
        }
        let distant = distants[number]
        guard distant.settings.takes(name.logical) else { return askLayer(number + 1, turn, plan, serial) }
        let began = Loop.monotonic()
        let held = NIOLoopBound(self, eventLoop: loop.eventLoop)
        let selecting: ([[UInt8]]) -> [UInt8]? = { names in
            let exchange = held.value
            return exchange.serial == serial ? VaryKey.values(names, exchange.head) : nil
        }
        distant.layer.find(name, on: loop, selecting: selecting) { [self] answers, outcome in
            loop.touch()
            guard self.serial == serial, phase == .gathering, caching === turn else { return }
            loop.counters.cacheLookup(
                layer: distant.label, outcome, nanoseconds: loop.now - began)
            take(answers, of: distant, turn, plan) { self.askLayer(number + 1, turn, plan, serial) }
        }
    }

    /// Asks whether another replica fetches it already, and waits for that. False: there is no Redis.
    private func askLease(_ turn: CacheTurn, _ plan: Plan, _ serial: UInt64) -> Bool {
        guard let name = turn.name, turn.stale == nil, head.method != .head, !turn.facts.hasRange,
            let place = turn.caching.layers.distants.first(where: { $0.layer is RedisLayer }),
            let redis = place.layer as? RedisLayer
        else { return false }
        let entries = redis.entries(on: loop.eventLoop)
        let held = NIOLoopBound(self, eventLoop: loop.eventLoop)
        let isCurrent = { [self] in self.serial == serial && phase == .gathering && caching === turn }
        entries.lease(name, milliseconds: turn.caching.wait / 1_000_000) { [self] leasing in
            loop.touch()
            guard isCurrent() else { return HeldLease(entries: entries, name: name, leasing: leasing).release() }
            if case .ours = leasing { turn.lease = HeldLease(entries: entries, name: name, leasing: leasing) }
            // it may be another loop of this process that fetches
            if let key = turn.key, let known = loop.process.caches.fills.find(key), join(known, turn) { return }
            guard case .held = leasing else {
                _ = fetch(turn, plan) || continues(plan)
                return
            }
            let end = NIODeadline.now() + .nanoseconds(turn.caching.wait)
            let selecting: ([[UInt8]]) -> [UInt8]? = { names in
                held.value.serial == serial ? VaryKey.values(names, held.value.head) : nil
            }
            entries.follow(name, until: end, selecting: selecting) { [self] found in
                loop.touch()
                guard isCurrent() else { return }
                take(found.answer.map { [$0] } ?? [], of: place, turn, plan) {
                    _ = self.fetch(turn, plan) || self.continues(plan)
                }
            }
        }
        return true
    }

    private func take(
        _ answers: [StoredAnswer], of distant: CacheLayers.Distant, _ turn: CacheTurn, _ plan: Plan, orElse next: () -> Void
    ) {
        guard let key = turn.key, let name = turn.name, let answer = Resource(answers)?.selecting(head),
            answer.key == key.bytes, holds(answer), turn.agent != nil || suits(answer, turn.facts, turn.caching),
            answer.isSoftPurged || !loop.process.caches.purged.covers(answer, name)
        else { return next() }
        let now = loop.wallMilliseconds
        switch Reusing.judge(answer.facts, turn.facts, now: now) {
        case .fresh where !turn.caching.isShadow:
            for memory in turn.caching.layers.memories {
                if memory.takes(name, answer) {
                    _ = memory.store.insert(key, answer, until: memory.settings.stay(from: now))
                }
            }
            caching = nil
            serve(answer, from: distant.name)
        case let reuse:
            if turn.stale == nil { turn.reason = .stale }
            _ = act(answer, reuse, turn, plan, isLast: true) || continues(plan)
        }
    }

    private func continues(_ plan: Plan) -> Bool {
        if findsBinding(plan) { balance(plan) }
        return true
    }

    // MARK: fetching

    /// Follows a fill for the same, or leads one. False: the request goes to an agent as any other.
    private func fetch(_ turn: CacheTurn, _ plan: Plan) -> Bool {
        guard let key = turn.key, let client else { return false }
        let caches = loop.process.caches
        let isMarked = caches.marks.isMarked(key.hash, now: loop.wallMilliseconds)
        // nothing would be kept of it; of what is never kept, the agent answers conditions itself
        if head.method == .head || (turn.stale == nil && (turn.facts.hasRange || isMarked && turn.facts.isConditional)) {
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
            fill.isAlone()
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
        fill.start(for: self)
        return true
    }

    /// Counted once, however often it is tried.
    private func missed(_ turn: CacheTurn) {
        guard !turn.isCounted else { return }
        turn.isCounted = true
        let asks = turn.stale?.facts.hasValidator == true && turn.agent == nil
        cacheOutcome = asks ? "revalidated" : "miss"
        loop.counters.add(1, to: asks ? .cacheRevalidations : .cacheMisses)
    }

    /// What was missed a moment ago may have come since, from a fill that is no longer under way.
    private func servesNow(_ turn: CacheTurn) -> Bool {
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

    private func ask(_ turn: CacheTurn, isBackground: Bool = false) -> FillAsk {
        FillAsk(
            turn.facts, address: AddressHash.of(head), kind: turn.agent.map { .agent(isStream: $0.isStream) } ?? .http, stale: turn.stale,
            servesOnError: turn.servesOnError, name: turn.name, tenant: credential?.tenant,
            isTenants: turn.caching.byTenant && credential != nil, reason: turn.reason, isBackground: isBackground,
            shadowed: turn.shadowed, lease: turn.lease, agentLifetime: turn.agent == nil ? nil : turn.caching.agents?.lifetime)
    }

    private func join(_ fill: Fill, _ turn: CacheTurn) -> Bool {
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
        // it may have a head already
        reader.advance()
        return true
    }

    /// Fetches anew what is served stale, unless somebody does already.
    private func refresh(_ turn: CacheTurn, _ plan: Plan) {
        guard let key = turn.key, let client, head.method != .head else { return }
        let fill = Fill(
            key, ask(turn, isBackground: true), plan, turn.caching, client, on: loop, isListed: true)
        guard loop.process.caches.fills.lead(fill) == nil else { return fill.isAlone() }
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

    // MARK: answers to POST

    private func gathers(_ plan: Plan, _ caching: CachePlan) -> Bool {
        if case .length(let bytes) = head.framing, bytes > Self.longestBody {
            bypasses(.bypass)
            return false
        }
        var facts = RequestFacts(head)
        if plan.consumesAuthorization { facts.hasAuthorization = false }
        guard !facts.directives.noStore, !facts.hasSessionKey, !(facts.hasAuthorization && !caching.ignoresCredentials)
        else {
            bypasses(.bypass)
            return false
        }
        let turn = CacheTurn(caching, facts)
        turn.gathers = true
        self.caching = turn
        if requestEnded {
            gatheredAll()
        } else if head.expectsContinue {
            downstream?.sendContinue()
        }
        return true
    }

    /// Its agents answer for their words alone, so that an answer may be given twice.
    func isForModels(_ plan: Plan) -> Bool {
        if let kind = plan.kind { return kind == .llm }
        if target == nil { target = plan.target(&loop.random) }
        guard let pool = target?.pool.pool, !pool.agents.isEmpty else { return false }
        return pool.agents.indices.allSatisfy { pool.kind(of: $0) == .llm }
    }

    /// More of a body that is waited for has been held. Too long: it goes its usual way.
    func gathered() {
        guard let plan, (held?.readableBytes ?? 0) > Self.longestBody else { return }
        caching = nil
        bypasses(.bypass)
        if findsBinding(plan) { balance(plan) }
    }

    /// All of the body is here.
    func gatheredAll() {
        guard let turn = caching, turn.gathers, let plan else { return }
        turn.gathers = false
        if !looks(turn, plan) {
            caching = nil
            if findsBinding(plan) { balance(plan) }
        }
    }

    private func looks(_ turn: CacheTurn, _ plan: Plan) -> Bool {
        guard let agents = turn.caching.agents, let body = held else { return false }
        let made = body.withUnsafeReadableBytes { AgentKey.make(body: $0, head: head, settings: agents.policy, hasCredentials: turn.facts.hasAuthorization) }
        guard case .success(let agent) = made else {
            bypasses(.bypass)
            return false
        }
        turn.agent = agent
        let name = plan.isSplit ? target?.pool.pool.name : nil
        turn.caching.writeKey(&loop.cacheKey, head, target: name, tenant: credential?.tenant)
        turn.caching.addCredentials(&loop.cacheKey, head)
        loop.cacheKey.add(.model, agent.model)
        loop.cacheKey.add(.body, agent.bytes)
        let now = loop.wallMilliseconds
        let found = loop.cacheKey.withKey { turn.caching.layers.find($0, hash: $1, now: now) }
        if let (resource, layer) = found, let answer = resource.selecting(head), holds(answer) {
            let reuse = Reusing.judge(answer.facts, turn.facts, now: now)
            if case .fresh = reuse, !turn.caching.isShadow {
                count(turn.caching.layers.memories[layer].label, .hit)
                caching = nil
                serve(answer, from: turn.caching.layers.memories[layer].name)
                return true
            }
            return take(answer, reuse, turn, plan, variants: true)
        }
        for memory in turn.caching.layers.memories { count(memory.label, .miss) }
        return take(nil, Reusing.judge(nil, turn.facts, now: now), turn, plan, variants: false)
    }
}

extension Failure {
    static var onlyIfCached: Failure {
        Failure(
            .onlyIfCached, "the request takes an answer from the cache or none (only-if-cached), and there is none",
            hint: "ask without Cache-Control: only-if-cached")
    }
}
