internal import Access
internal import NIOCore
internal import Settings

/// Limits as one loop takes of them, and gives back.
extension Loop {
    /// Connects to the Redis that a generation's limits are counted in, unless that is the one that is connected.
    func countsLimits(in settings: RedisSettings) {
        guard settings != limitRedisSettings else { return }
        limitRedisSettings = settings
        limitRedis?.stop()
        limitRedis = process.limitRedis(settings)?.client(on: eventLoop)
        limitRedis?.start()
    }

    /// Takes it, by this replica's own count. Nil: a place was free.
    func take(_ gate: LimitGate) -> LimitAnswer {
        switch gate.kind {
        case .rate(let limit, let key, let cost):
            let verdict = limit.limiter.ask(key, cost: cost, now: now)
            return verdict.isAdmitted ? .taken(verdict) : .refused(verdict)
        case .place(let places): return places.acquire() ? .taken(nil) : .refused(nil)
        }
    }

    /// Asks the replicas' common count. `done` is called once, perhaps at once; where nobody answers in time, this replica's
    /// own count decides, of which it is a copy: it goes on from what was last heard, and has the whole limit.
    ///
    /// While Redis is asked for one request of a key, others of that key wait and are asked for together: however many come
    /// at once, it has one question of each key and loop to answer.
    func takeShared(
        _ limit: RateLimit, _ key: RateKey, _ name: [UInt8], cost: Int64, _ done: @escaping (LimitAnswer) -> Void
    ) {
        guard cost == 1 else { return ask(limit, key, name, cost: cost, for: [done]) { _ in } }
        if let copy = refusal(limit, key) { return done(.refused(copy)) }
        let asked = SharedKey(limit: ObjectIdentifier(limit), name: name)
        guard limitWaits[asked] == nil else {
            limitWaits[asked]?.append(done)
            return
        }
        askTogether(limit, key, asked, for: [done])
    }

    /// What the others have taken can only be more than this replica has heard of.
    private func refusal(_ limit: RateLimit, _ key: RateKey) -> RateVerdict? {
        let copy = limit.limiter.look(key, now: now, counts: true)
        return copy.isAdmitted ? nil : copy
    }

    private func askTogether(
        _ limit: RateLimit, _ key: RateKey, _ asked: SharedKey, for all: [(LimitAnswer) -> Void]
    ) {
        limitWaits[asked] = []
        ask(limit, key, asked.name, cost: 1, for: all) { [self] isHeard in
            guard let others = limitWaits.removeValue(forKey: asked), !others.isEmpty else { return }
            guard isHeard else { return others.forEach { $0(takeAlone(limit, key, 1)) } }
            var left = others[...]
            // each is counted as what becomes of it
            while let other = left.first, let copy = refusal(limit, key) {
                left.removeFirst()
                other(.refused(copy))
            }
            if !left.isEmpty { askTogether(limit, key, asked, for: Array(left)) }
        }
    }

    /// - Parameter then: called before all of them, with whether Redis answered.
    private func ask(
        _ limit: RateLimit, _ key: RateKey, _ name: [UInt8], cost: Int64, for all: [(LimitAnswer) -> Void],
        _ then: @escaping (Bool) -> Void
    ) {
        let alone = { [self] in
            then(false)
            for done in all { done(takeAlone(limit, key, cost)) }
        }
        guard let limitRedis else { return alone() }
        let wanted = limit.policy.time(cost)
        RateScript.run(limitRedis, name, wanted: wanted, limit.policy, count: all.count) { [self] result in
            touch()
            guard case .success(let found) = result else { return alone() }
            let taken = min(max(found.taken, 0), all.count)
            limit.limiter.set(key, used: found.used, asked: all.count, refused: all.count - taken, now: now)
            then(true)
            for (at, done) in all.enumerated() {
                guard at < taken else {
                    done(.refused(RateVerdict(limit.policy, used: found.used, wanted: wanted)))
                    continue
                }
                // as if they had been asked for one after the other
                let behind = Int64(taken - 1 - at).multipliedReportingOverflow(by: wanted)
                let used = behind.overflow ? 0 : max(found.used - behind.partialValue, 0)
                done(.taken(RateVerdict(limit.policy, used: used, wanted: nil)))
            }
        }
    }

    private func takeAlone(_ limit: RateLimit, _ key: RateKey, _ cost: Int64) -> LimitAnswer {
        process.limits.redisFailed()
        return take(LimitGate(.rate(limit, key, cost: cost)))
    }

    /// Takes a cost whether it fits or not; a negative one comes back.
    ///
    /// - Parameter name: of the key in Redis; nil where only this replica counts.
    func charge(_ limit: RateLimit, _ key: RateKey, _ name: [UInt8]?, cost: Int64) {
        guard cost != 0 else { return }
        limit.limiter.charge(key, cost: cost, now: now)
        guard let name, limit.isShared else { return }
        guard let limitRedis else { return process.limits.redisFailed() }
        let wanted = cost < 0 ? -limit.policy.time(-max(cost, -1_000_000_000)) : limit.policy.time(cost)
        let process = process
        RateScript.run(limitRedis, name, wanted: wanted, limit.policy, isForced: true) { result in
            if case .failure = result { process.limits.redisFailed() }
        }
    }

    /// What was taken, and is not used.
    func giveBack(_ gates: some Sequence<LimitGate>, _ name: (RateLimit, RateKey) -> [UInt8]?) {
        for gate in gates {
            switch gate.kind {
            case .place(let places): places.release()
            case .rate(let limit, let key, let cost): charge(limit, key, name(limit, key), cost: -cost)
            }
        }
    }
}

/// What Redis is asked for: the count of a limit, as one generation has it, under a name.
struct SharedKey: Hashable {
    let limit: ObjectIdentifier
    let name: [UInt8]
}

/// What a limit says.
enum LimitAnswer {
    /// With what is left, of one that has a rate.
    case taken(RateVerdict?)
    case refused(RateVerdict?)
}
