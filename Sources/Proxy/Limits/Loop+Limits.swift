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
    func takeShared(
        _ limit: RateLimit, _ key: RateKey, _ name: [UInt8], cost: Int64, _ done: @escaping (LimitAnswer) -> Void
    ) {
        if cost == 1 {
            // what the others have taken can only be more
            let copy = limit.limiter.look(key, now: now, counts: true)
            guard copy.isAdmitted else { return done(.refused(copy)) }
        }
        guard let limitRedis else { return done(takeAlone(limit, key, cost)) }
        let wanted = limit.policy.time(cost)
        RateScript.run(limitRedis, name, wanted: wanted, limit.policy) { [self] result in
            touch()
            guard case .success(let found) = result else { return done(takeAlone(limit, key, cost)) }
            limit.limiter.set(key, used: found.used, isRefused: !found.isTaken, now: now)
            let verdict = RateVerdict(limit.policy, used: found.used, wanted: found.isTaken ? nil : wanted)
            done(found.isTaken ? .taken(verdict) : .refused(verdict))
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

/// What a limit says.
enum LimitAnswer {
    /// With what is left, of one that has a rate.
    case taken(RateVerdict?)
    case refused(RateVerdict?)
}
