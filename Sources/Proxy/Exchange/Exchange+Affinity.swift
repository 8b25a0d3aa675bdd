internal import Balancer
internal import Cache
internal import NIOCore
internal import Routing
internal import Wire

/// Which requests stay with one agent: what binds them is found before an agent is chosen, if need be in the body.
extension Exchange {
    /// How long the beginning of an answer is searched for the response's id, in bytes.
    private static let responseBytes = 4096
    /// How often a request that waits for its agent looks whether it is back.
    private static let waitStep = TimeAmount.milliseconds(100)

    // MARK: what binds it

    /// Finds what binds the request. False: its body must come first, and `balance` follows by itself.
    @inline(__always)
    func findsBinding(_ plan: Plan) -> Bool {
        // a fetch for the cache asks whom its key names
        if target == nil { target = plan.target(&loop.random) }
        guard let affinity = target?.affinity else { return true }
        if affinity.isIdle(head) { return true }
        return find(affinity, plan)
    }

    private func find(_ affinity: AffinityPlan, _ plan: Plan) -> Bool {
        guard let client else { return true }
        let binding = Binding()
        self.binding = binding
        if let cookie = affinity.cookie, let value = KeyFinder.cookie(cookie.name, head) {
            binding.cookieAgent = cookie.agent(value, secret: loop.process.secret) ?? 0
        }
        binding.learnsResponse = affinity.learnsResponses && head.method == .post && head.path.isResponses
        var names: [[UInt8]] = []
        if let sessions = affinity.sessions {
            switch sessions.find(head, client, address: addressKey) {
            case .key(let key): binding.session = key
            case .body: names += sessions.names
            case .none: break
            }
        }
        if let key = affinity.key {
            switch key.find(head, client, address: addressKey) {
            case .key(let found): binding.key = found
            case .body: names += key.names
            case .none: break
            }
        }
        if binding.session != 0 { settle(plan, binding) }
        guard !names.isEmpty else { return true }
        binding.scanner = JSONStringScanner(names)
        if held == nil { inviteBody() }
        // the cache may have waited for it already
        if let held { held.withUnsafeReadableBytes { look($0) } }
        if requestEnded, binding.scanner != nil { found() }
        return false
    }

    /// A session stays with the same one of a rule's weighted targets.
    private func settle(_ plan: Plan, _ binding: Binding) {
        guard plan.isSplit, !isInside else { return }
        target = plan.target(drawn: StableHash.mix(binding.session))
    }

    /// More of a body that is looked at has been held.
    func look(_ bytes: UnsafeRawBufferPointer) {
        guard let binding, binding.scanner != nil, let affinity = target?.affinity else { return }
        let step = binding.scanner?.take(bytes)
        if step == .done || held?.readableBytes ?? 0 >= affinity.bodyBytes { found() }
    }

    /// As much of the body is here as is looked at.
    func found() {
        guard let binding, let scanner = binding.scanner, let affinity = target?.affinity, let client, let plan else {
            return
        }
        binding.scanner = nil
        var values = scanner.values
        if let sessions = affinity.sessions, binding.session == 0, sessions.names.count <= values.count,
            !sessions.names.isEmpty
        {
            if case .key(let key) = sessions.find(head, client, address: addressKey, body: Array(values.prefix(sessions.names.count))) {
                binding.session = key
            }
            values.removeFirst(sessions.names.count)
        }
        if let key = affinity.key, binding.key == 0, case .key(let found) = key.find(head, client, address: addressKey, body: values) {
            binding.key = found
        }
        if binding.session != 0 { settle(plan, binding) }
        balance(plan)
    }

    // MARK: whom it is bound to

    /// Puts into a question what binds the request. False: it waits for its agent, or has been answered.
    func bind(_ ask: inout Ask, _ pool: LoopTarget, _ plan: Plan) -> Bool {
        guard let binding, let affinity = pool.affinity else { return true }
        if binding.key != 0 { ask.key = binding.key }
        guard binding.session != 0 || binding.cookieAgent != 0 else { return true }
        ask.isBound = binding.session != 0
        if ask.isBound { ask.key = binding.session }
        guard let owner = owner(binding, affinity) else { return !asks(binding, affinity, plan) }
        binding.isNew = false
        guard let place = affinity.place(of: owner) else {
            if affinity.isPart {
                // its owner serves others of its requests: here it is a guest
                binding.isGuest = true
                return true
            }
            return missing(affinity, plan)
        }
        let agent = pool.pool.pool.agents[place]
        if agent.isAvailable(loop.now) || tried.contains(place) {
            ask.isBound = true
            ask.pinned = Int32(truncatingIfNeeded: place)
            return true
        }
        if agent.state.leavingUntil > loop.now, waits(binding, affinity, plan) { return false }
        return missing(affinity, plan)
    }

    private func owner(_ binding: Binding, _ affinity: AffinityPlan) -> UInt64? {
        if binding.cookieAgent != 0 { return binding.cookieAgent }
        guard affinity.learns else { return nil }
        return loop.process.sessions.owner(
            of: binding.session ^ affinity.salt, now: loop.now, ttl: affinity.ttl, entries: affinity.entries)
    }

    /// Whether other replicas are being asked whose session it is; `balance` follows when they have answered.
    private func asks(_ binding: Binding, _ affinity: AffinityPlan, _ plan: Plan) -> Bool {
        guard !binding.wasAsked, affinity.learns, let shared = loop.sharedSessions else { return false }
        binding.wasAsked = true
        let serial = serial
        let session = binding.session ^ affinity.salt
        shared.owner(of: session) { [self] owner in
            loop.touch()
            guard self.serial == serial, phase == .gathering else { return }
            if let owner {
                loop.process.sessions.bind(session, to: owner, now: loop.now, entries: affinity.entries)
            }
            balance(plan)
        }
        return true
    }

    /// True where it goes on without its agent.
    private func missing(_ affinity: AffinityPlan, _ plan: Plan) -> Bool {
        guard affinity.rejects else { return true }
        fail(Failure.sessionLost(plan))
        return false
    }

    /// False: it has waited long enough.
    private func waits(_ binding: Binding, _ affinity: AffinityPlan, _ plan: Plan) -> Bool {
        if binding.waitsUntil == 0 { binding.waitsUntil = loop.now &+ affinity.wait }
        guard loop.now < binding.waitsUntil else { return false }
        downstream?.wantRequestBody(false)
        let serial = serial
        let held = NIOLoopBound((self, plan), eventLoop: loop.eventLoop)
        loop.eventLoop.scheduleTask(in: Self.waitStep) {
            let (exchange, plan) = held.value
            exchange.loop.touch()
            guard exchange.serial == serial, exchange.phase == .gathering else { return }
            exchange.balance(plan)
        }
        return true
    }

    /// An agent was chosen: the session is its from now on, unless it is only a guest there.
    func bound(_ ask: borrowing Ask, _ lease: Lease, _ pool: LoopTarget) {
        guard let binding, let affinity = pool.affinity, ask.pinned < 0, !binding.isGuest else { return }
        let agent = StableHash.of(pool.pool.pool.agents[lease.agent].id)
        if affinity.learns, binding.session != 0 {
            share(binding.session ^ affinity.salt, agent, affinity, binding.isNew)
        }
        binding.isBoundHere = affinity.cookie != nil || binding.session != 0
        if let cookie = affinity.cookie {
            binding.fields =
                binding.cookieAgent == agent ? [] : cookie.line(agent: agent, secret: loop.process.secret)
        }
    }

    /// The session is this agent's from now on, here and on the other replicas.
    private func share(_ session: UInt64, _ agent: UInt64, _ affinity: AffinityPlan, _ isNew: Bool) {
        let (process, now, entries) = (loop.process, loop.now, affinity.entries)
        process.sessions.bind(session, to: agent, now: now, entries: entries)
        loop.sharedSessions?.bind(session, to: agent, ttl: affinity.ttl, isNew: isNew) { first in
            process.sessions.bind(session, to: first, now: now, entries: entries)
        }
    }

    // MARK: what answers tell

    /// Reads the id of a response, so that who names it later comes back to this agent.
    func learn(_ bytes: UnsafeRawBufferPointer) {
        guard let binding, binding.learnsResponse, let pool = target, let affinity = pool.affinity, agentIndex >= 0
        else { return }
        binding.opening += bytes.prefix(Self.responseBytes - binding.opening.count)
        let id = Self.responseID(binding.opening)
        if let id, let hash = id.withUnsafeBytes({ KeyFinder.hash($0) }) {
            share(
                KeyFinder.response(hash) ^ affinity.salt, StableHash.of(pool.pool.pool.agents[agentIndex].id), affinity,
                true)
        }
        if id != nil || binding.opening.count >= Self.responseBytes {
            binding.learnsResponse = false
            binding.opening = []
        }
    }

    /// The first string that begins as the ids of responses do; nil until all of it is there.
    private static func responseID(_ bytes: [UInt8]) -> [UInt8]? {
        let mark = Array("\"resp_".utf8)
        guard bytes.count > mark.count else { return nil }
        for start in 0..<(bytes.count - mark.count) where bytes[start] == 0x22 {
            guard bytes[start..<(start + mark.count)].elementsEqual(mark) else { continue }
            guard let end = bytes[(start + 1)...].firstIndex(of: 0x22) else { return nil }
            return Array(bytes[(start + 1)..<end])
        }
        return nil
    }

    /// The answer's lines that are ours: what binds the client, and what operators asked for.
    func ownFields() -> [UInt8] {
        var fields = debugFields()
        if isPanic { fields += Self.panicField }
        if let notCached { fields += CacheStatusText.forwarded(notCached).line() }
        guard let binding, !binding.fields.isEmpty else { return fields }
        return fields + binding.fields
    }

    /// Tells that the pool is in a panic (RFC 9209 2.1.5).
    private static let panicField = Array(
        "Proxy-Status: clawproxy; details=\"panic: too few agents of the pool are available, so all are asked\"\r\n"
            .utf8)

    /// A tunnel to an OpenClaw gateway, which says on it when it goes away.
    var listensForNotices: Bool {
        guard let target, agentIndex >= 0, upgradeName.elementsEqual("websocket".utf8) else { return false }
        return (plan?.kind ?? target.pool.pool.kind(of: agentIndex)) == .openclaw
    }

    /// The gateway said on a WebSocket that it goes away.
    func noticed(_ shutdown: WebSocketNotice.Shutdown) {
        agent?.state.leaves(loop.now, for: Int64(shutdown.restart ?? 30_000) &* 1_000_000)
    }

    /// A gateway answered 503 because it drains: `{"error": {"type": "draining"}}` or the like.
    func noteDraining(_ body: ByteBuffer) {
        if let agent { Self.noteDraining(body, agent, askedPause, loop.now) }
    }

    /// - Parameter pause: nanoseconds for which it asked to be left alone.
    static func noteDraining(_ body: ByteBuffer, _ agent: Agent, _ pause: Int64?, _ now: Int64) {
        guard body.readableBytes <= Attribution.longest else { return }
        let says = body.withUnsafeReadableBytes { bytes in
            let word = Array("\"draining\"".utf8)
            guard bytes.count >= word.count else { return false }
            return (0...(bytes.count - word.count)).contains { bytes[$0..<($0 + word.count)].elementsEqual(word) }
        }
        if says { agent.state.leaves(now, for: pause ?? 30_000_000_000) }
    }
}

extension UnsafeRawBufferPointer {
    /// The path of an API whose answers are named by later requests.
    fileprivate var isResponses: Bool {
        let ending = Array("/responses".utf8)
        return count >= ending.count && self[(count - ending.count)...].elementsEqual(ending)
    }
}
