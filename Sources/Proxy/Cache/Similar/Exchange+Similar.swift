internal import Access
internal import Balancer
internal import Cache
internal import NIOCore
internal import Routing
internal import Semantics
internal import Telemetry
internal import Wire

/// Strategy `semantic`: where nothing is kept under the exact key, the answer to a similar question is looked for.
extension Exchange {
    /// Keys of which nothing is kept any more, before this request is a miss.
    private static let tries = 3

    /// Writes the key of a POST request into `loop.cacheKey`. `body`: `AgentKey.bytes`, or the frame of similar ones.
    func writePostedKey(_ caching: CachePlan, _ plan: Plan, model: [UInt8], body: [UInt8]) {
        let name = plan.isSplit ? target?.pool.pool.name : nil
        caching.writeKey(
            &loop.cacheKey, head, of: client, target: name, tenant: credential?.tenant, identity: credential?.lines)
        caching.addCredentials(&loop.cacheKey, head)
        loop.cacheKey.add(.model, model)
        loop.cacheKey.add(.body, body)
    }

    /// Works out by what similar requests are found. `loop.cacheKey` is the exact key, before and after.
    func makeSimilar(_ turn: CacheTurn, _ plan: Plan) {
        guard turn.caching.agents?.similarity != nil, let agent = turn.agent, let question = agent.similar,
            let print = question.prompt.withUnsafeBytes({ PromptPrint($0, loop.judging) })
        else { return }
        let exact = loop.cacheKey
        writePostedKey(turn.caching, plan, model: agent.model, body: question.frame)
        let tenant = turn.caching.byTenant ? credential?.tenant ?? "" : ""
        turn.similar = SimilarTurn(agent, frame: loop.cacheKey.bytes, tenant: tenant, print)
        loop.cacheKey = exact
    }

    /// Looks in memory for the answer to a similar question. True: it is served. `loop.cacheKey` is the exact key,
    /// before and after.
    func servesSimilar(_ turn: CacheTurn, _ plan: Plan) -> Bool {
        makeSimilar(turn, plan)
        guard let threshold = turn.caching.agents?.similarity, let similar = turn.similar, let agent = turn.agent,
            !turn.facts.wantsValidation
        else { return false }
        let exact = loop.cacheKey
        defer { loop.cacheKey = exact }
        let prompts = loop.process.caches.similar
        for _ in 0..<Self.tries {
            guard let found = similar.find(in: prompts, threshold) else { return false }
            writePostedKey(turn.caching, plan, model: agent.model, body: found.key)
            switch lookUp(found, turn) {
            case .served: return true
            case .wanted: return false
            case .gone:
                if !turn.caching.layers.distants.isEmpty {
                    similar.pending = (loop.cacheKey.key, found)
                    return false
                }
                prompts.forget(found.key, tenant: similar.tenant, frame: similar.frame)
            }
        }
        return false
    }

    private enum SimilarOutcome { case served, wanted, gone }

    /// The key of a similar question stands in `loop.cacheKey`.
    private func lookUp(_ found: SimilarPrompts.Found, _ turn: CacheTurn) -> SimilarOutcome {
        let now = loop.wallMilliseconds
        guard let (resource, layer) = find(in: turn.caching.layers, now), let answer = resource.selecting(head),
            holds(answer), case .fresh = Reusing.judge(answer.facts, turn.facts, now: now)
        else { return .gone }
        let memory = turn.caching.layers.memories[layer]
        return give(answer, from: memory.name, label: memory.label, found, turn) ? .served : .wanted
    }

    /// Serves it, or, in a rehearsal, remembers that it would have been.
    private func give(
        _ answer: StoredAnswer, from layer: String, label: Int, _ found: SimilarPrompts.Found, _ turn: CacheTurn
    ) -> Bool {
        guard !turn.caching.isShadow else {
            turn.shadowed = answer
            loop.counters.add(1, to: .cacheSimilarShadowed)
            return false
        }
        if label >= 0 { count(label, .hit) }
        loop.counters.add(1, to: .cacheSimilarHits)
        if let similar = turn.similar {
            loop.process.caches.similar.touch(found.key, tenant: similar.tenant, frame: similar.frame)
        }
        caching = nil
        serve(answer, from: layer, similarity: found.similarity)
        return true
    }

    // MARK: layers that answer later

    /// They had nothing under the exact key: they are asked once more, for the similar one. False: there is none.
    func asksSimilar(_ turn: CacheTurn, _ plan: Plan, _ serial: UInt64) -> Bool {
        guard let pending = turn.similar?.pending,
            let name = turn.caching.name(of: pending.key, tenant: credential?.tenant, secret: loop.process.secret)
        else { return false }
        turn.similar?.pending = nil
        askSimilar(0, name, pending.key, pending.found, turn, plan, serial)
        return true
    }

    private func askSimilar(
        _ number: Int, _ name: CacheName, _ key: CacheKey, _ found: SimilarPrompts.Found, _ turn: CacheTurn,
        _ plan: Plan, _ serial: UInt64
    ) {
        let distants = turn.caching.layers.distants
        guard number < distants.count else {
            if let similar = turn.similar {
                loop.process.caches.similar.forget(found.key, tenant: similar.tenant, frame: similar.frame)
            }
            return askLayer(number, turn, plan, serial)
        }
        let distant = distants[number]
        let goOn = { [self] in askSimilar(number + 1, name, key, found, turn, plan, serial) }
        guard distant.settings.takes(name.logical) else { return goOn() }
        let began = Loop.monotonic()
        let held = NIOLoopBound(self, eventLoop: loop.eventLoop)
        let selecting: ([[UInt8]]) -> [UInt8]? = { names in
            let exchange = held.value
            return exchange.serial == serial ? VaryKey.values(names, exchange.head) : nil
        }
        distant.layer.find(name, on: loop, selecting: selecting) { [self] answers, outcome in
            loop.touch()
            guard self.serial == serial, phase == .gathering, caching === turn else { return }
            loop.counters.cacheLookup(layer: distant.label, outcome, nanoseconds: loop.now - began)
            let now = loop.wallMilliseconds
            guard let answer = Resource(answers)?.selecting(head), answer.key == key.bytes, holds(answer),
                answer.isSoftPurged || !loop.process.caches.purged.covers(answer, name),
                case .fresh = Reusing.judge(answer.facts, turn.facts, now: now)
            else { return goOn() }
            for memory in turn.caching.layers.memories where memory.takes(name, answer) {
                _ = memory.store.insert(key, answer, until: memory.settings.stay(from: now))
            }
            if !give(answer, from: distant.name, label: -1, found, turn) {
                askLayer(distants.count, turn, plan, serial)
            }
        }
    }
}
