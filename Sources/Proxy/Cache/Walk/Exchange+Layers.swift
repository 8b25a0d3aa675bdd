internal import Access
internal import Balancer
internal import Cache
internal import NIOCore
internal import Routing
internal import Telemetry
internal import Wire

/// Layers that answer later, asked one after the other; and the lease by which replicas fetch once.
extension Exchange {
    /// Asks the layers that answer later, one after the other.
    func askLayers(_ turn: CacheTurn, _ plan: Plan) -> Bool {
        guard let key = turn.key,
            let name = turn.caching.name(of: key, tenant: credential?.tenant, secret: loop.process.secret)
        else { return fetch(turn, plan) }
        turn.name = name
        // who asks for what is being fetched need not look for it
        if head.method != .head, turn.mayJoin, turn.caching.collapses, !turn.caching.isShadow, !turn.facts.hasRange,
            let fill = loop.process.caches.fills.find(key), join(fill, turn)
        {
            return true
        }
        askLayer(0, turn, plan, serial)
        return true
    }

    func askLayer(_ number: Int, _ turn: CacheTurn, _ plan: Plan, _ serial: UInt64) {
        let distants = turn.caching.layers.distants
        guard number < distants.count, let name = turn.name else {
            if asksSimilar(turn, plan, serial) { return }
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
    func askLease(_ turn: CacheTurn, _ plan: Plan, _ serial: UInt64) -> Bool {
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

    func take(
        _ answers: [StoredAnswer], of distant: CacheLayers.Distant, _ turn: CacheTurn, _ plan: Plan,
        orElse next: () -> Void
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
            turn.similar?.keep(in: loop.process.caches.similar)
            serve(answer, from: distant.name)
        case let reuse:
            if turn.stale == nil { turn.reason = .stale }
            _ = act(answer, reuse, turn, plan, isLast: true) || continues(plan)
        }
    }

    func continues(_ plan: Plan) -> Bool {
        if findsBinding(plan) { balance(plan) }
        return true
    }
}
