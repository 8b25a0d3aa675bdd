internal import Access
internal import Balancer
internal import Glibc
internal import NIOCore
internal import Routing
internal import Telemetry
internal import Wire

/// A request and its answer: the walk that every one of them takes, top to bottom.
///
/// `parse` is behind it when `begin` is called. Then: snapshot, match, admit, balance, upstream, respond, account; a
/// failure at any step leads to `fail`, and from there to `account`, which happens exactly once.
///
/// An exchange belongs to one loop, is used again, and is reached by whoever holds it only until `exchangeEnded`;
/// what comes back later (a connection that was being made) compares `serial` first.
final class Exchange {
    /// Where the walk is. Exits: `idle` -> `gathering` (begin); `gathering` -> `connecting` | `waiting` | `ending`;
    /// `connecting` -> `waiting` | `connecting` (again) | `ending`; `waiting` -> `answering` | `connecting` (again) |
    /// `tunnel` | `ending`; `answering` -> `ending`; `tunnel` -> `ending`; `ending` -> `idle` (account).
    enum Phase { case idle, gathering, connecting, waiting, answering, tunnel, ending }

    let loop: Loop
    let head = RequestHead()
    let answer = ResponseHead()
    private(set) var phase = Phase.idle
    private(set) var serial: UInt64 = 0
    private(set) var started: Int64 = 0
    private(set) var runtime: LoopRuntime?
    private(set) var plan: Plan?
    private(set) unowned(unsafe) var downstream: (any Downstream)?
    private(set) var client: Client?
    private(set) var stream: (any UpstreamStream)?
    /// The lease: which agent of which pool this attempt is with.
    private var target: LoopTarget?
    private var agentIndex = -1
    private var tried = Tried()
    private(set) var attempts = 0
    /// The whole request has come from the client, and has gone to the agent.
    private(set) var requestEnded = false
    private var sentBody = false
    private(set) var held: ByteBuffer?
    private var heldTrailers: HeadLines?
    /// A kept connection turned out stale; the agent got a fresh one, once.
    private var wasStale = false
    private var heldAnswer: ByteBuffer?
    private(set) var credential: Credential?
    var bytesIn = 0
    var bytesOut = 0
    private(set) var status = 0
    private var failure: Failure.Kind?
    private var firstFailure: Failure?
    private var isLeased = false
    private(set) var rewrittenPath: [UInt8]?
    private(set) var isUpgrade = false
    /// The protocol that the client asks to change to, in lower case, when the rule allows it.
    private(set) var upgradeName: [UInt8] = []
    let requestID: UnsafeMutableRawPointer
    private(set) var requestIDCount = 0
    static let requestIDCapacity = 128

    init(_ loop: Loop) {
        self.loop = loop
        requestID = .allocate(byteCount: Self.requestIDCapacity, alignment: 16)
    }

    deinit { requestID.deallocate() }

    func start(serial: UInt64) {
        self.serial = serial
        started = loop.now
    }

    func reset() {
        head.reset()
        answer.reset()
        phase = .idle
        serial = 0
        runtime = nil
        plan = nil
        downstream = nil
        client = nil
        stream = nil
        target = nil
        agentIndex = -1
        tried = Tried()
        attempts = 0
        requestEnded = false
        sentBody = false
        held = nil
        heldTrailers = nil
        wasStale = false
        heldAnswer = nil
        credential = nil
        bytesIn = 0
        bytesOut = 0
        status = 0
        failure = nil
        firstFailure = nil
        isLeased = false
        rewrittenPath = nil
        isUpgrade = false
        upgradeName = []
        requestIDCount = 0
    }

    var requestIDBytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: requestID, count: requestIDCount) }
    var agent: Agent? { agentIndex >= 0 ? target?.pool.pool.agents[agentIndex] : nil }
    var isEnded: Bool { phase == .ending || phase == .idle }

    // MARK: the walk

    /// The head is parsed; everything else follows.
    func begin(_ downstream: any Downstream) {
        self.downstream = downstream
        client = downstream.client
        phase = .gathering
        requestEnded = head.framing == .none
        runtime = loop.runtime
        loop.counters.add(1, to: .activeExchanges)
        loop.process.exchangeBegan()
        identify()
        guard let plan = match() else { return }
        self.plan = plan
        guard admit(plan), rewrite(plan) else { return }
        if let local = plan.local {
            loop.process.answerLocally(local, self)
            return
        }
        balance(plan)
    }

    /// A head that cannot be forwarded: answered, accounted for, and the connection closes.
    func refuse(_ downstream: any Downstream, _ failure: Failure) {
        self.downstream = downstream
        client = downstream.client
        phase = .gathering
        runtime = loop.runtime
        loop.counters.add(1, to: .activeExchanges)
        loop.process.exchangeBegan()
        identify()
        fail(failure)
    }

    /// The request's name in logs on both sides: the client's where it is well-formed, else a random one.
    private func identify() {
        if head.requestIDField >= 0 {
            let given = head.lines.value(head.lines.fields[head.requestIDField])
            if given.count > 0, given.count <= Self.requestIDCapacity, given.allSatisfy(Self.isIDByte) {
                requestID.copyMemory(from: given.baseAddress!, byteCount: given.count)
                requestIDCount = given.count
                return
            }
        }
        requestID.storeBytes(of: Self.hex(loop.random.next()), as: SIMD16<UInt8>.self)
        requestID.storeBytes(of: Self.hex(loop.random.next()), toByteOffset: 16, as: SIMD16<UInt8>.self)
        requestIDCount = 32
    }

    private static func isIDByte(_ byte: UInt8) -> Bool {
        ByteClass.isDigit(byte) || (byte | 0x20) &- 0x61 < 26 || byte == 0x2d || byte == 0x2e || byte == 0x5f
    }

    /// Sixteen digits at once.
    @inline(__always)
    private static func hex(_ value: UInt64) -> SIMD16<UInt8> {
        let bytes = unsafeBitCast(value, to: SIMD8<UInt8>.self)
        var nibbles = SIMD16<UInt8>()
        nibbles.evenHalf = bytes &>> 4
        nibbles.oddHalf = bytes & 15
        return nibbles &+ SIMD16<UInt8>(repeating: 0x30).replacing(with: 0x57, where: nibbles .> 9)
    }

    /// Finds the plan, or answers why there is none.
    private func match() -> Plan? {
        guard let runtime, let client else { return nil }
        if client.door == .admin, let failure = runtime.adminGate.refusal(head, client) {
            fail(failure)
            return nil
        }
        switch runtime.match(head, client) {
        case .plan(let plan): return plan
        case .none:
            var failure = Failure(
                .notFound, "no rule fits \(head.methodBytes.text) \(head.path.text)",
                hint: "add a rule to routing.rules that fits, or a routing.default")
            if runtime.debugHeaders, let near = runtime.nearest(head) { failure.hint += "; the nearest rule is '\(near)'" }
            fail(failure)
        case .outOfMemory:
            fail(Failure(
                .outOfMemory, "the regular expressions of routing.rules ran out of memory on this path",
                hint: "simplify the regex rules; the log names this request"))
        }
        return nil
    }

    /// The path for the agent; false when it could not be made.
    private func rewrite(_ plan: Plan) -> Bool {
        guard let rule = plan.rule, rule.rewrites, let path = rule.rewrittenPath(head.path) else { return true }
        rewrittenPath = path
        if path.isEmpty {
            fail(Failure(
                .outOfMemory, "rewriting the path of rule '\(plan.name)' ran out of memory",
                hint: "simplify its pattern; the log names this request"))
        }
        return !path.isEmpty
    }

    /// Authentication and limits, before a byte of the body is waited for.
    private func admit(_ plan: Plan) -> Bool {
        if head.hasEncodedDelimiter, !plan.keepsEncodedDelimiters {
            fail(Failure(
                .encodedPath, "the path holds %2F, %5C, %00 or an invalid escape",
                hint: "send it unescaped, or set match.encodedDelimiters: \"keep\" on rule '\(plan.name)'"))
            return false
        }
        if plan.requiresAuth, !authenticate() { return false }
        if plan.local == nil, loop.process.isOverloaded {
            fail(Failure(
                .overloaded, "performance.maxConcurrentRequests (\(loop.process.maxConcurrentRequests)) is reached",
                hint: "retry after a second; raise the limit or add a replica if this lasts"))
            return false
        }
        if case .length(let bytes) = head.framing, bytes > plan.bodyLimit {
            fail(Failure(WireFailure.bodyTooLarge))
            return false
        }
        if head.asksUpgrade, let name = plan.upgrade(asked: head) {
            isUpgrade = true
            upgradeName = name
        }
        return true
    }

    private func authenticate() -> Bool {
        guard let runtime else { return false }
        let field = head.authorizationField
        let value = field >= 0 ? head.lines.value(head.lines.fields[field]) : nil
        switch runtime.tokens.admit(authorization: value) {
        case .admitted(let found):
            credential = found
            return true
        case .refused(let challenge):
            var failure = Failure(
                .unauthorized, "this route needs a bearer token of gateway.auth.tokens",
                hint: runtime.tokens.isEmpty ? "configure gateway.auth.tokens: there are none" : "send Authorization: Bearer TOKEN")
            failure.challenge = "\(challenge.text)"
            fail(failure)
            return false
        }
    }

    /// Chooses an agent and takes a lease on it, then a stream of a connection to it.
    private func balance(_ plan: Plan) {
        guard let client else { return }
        var refusal = Refusal.noAgents
        var candidate = target ?? plan.target(&loop.random)
        while let pool = candidate {
            switch pool.pool.pick(Ask(key: client.key, now: loop.now, tried: tried)) {
            case .agent(let index):
                target = pool
                agentIndex = index
                isLeased = true
                attempts += 1
                connect(pool.upstreams[index])
                return
            case .none(let reason):
                refusal = reason
                candidate = plan.next(after: pool)
                if candidate != nil { tried = Tried() }
            }
        }
        failUnavailable(plan, refusal)
    }

    private func connect(_ upstream: Upstream) {
        loop.counters.add(to: .requests, agent: upstream.label)
        if attempts > 1 { loop.counters.add(to: .retries, agent: upstream.label) }
        let careful = !head.method.isIdempotent
        if let kept = upstream.takeIdle(careful: careful) {
            loop.counters.add(to: .connectionsReused, agent: upstream.label)
            attach(kept)
        } else {
            phase = .connecting
            downstream?.wantRequestBody(false)
            upstream.open(for: self)
        }
    }

    /// A connection to the chosen agent is there: the request goes out.
    func attach(_ connection: UpstreamConnection) {
        phase = .waiting
        stream = connection
        connection.begin(self)
        connection.sendHead(of: self)
        if let body = held {
            held = nil
            sentBody = true
            connection.sendBody(body, body.readerIndex, body.writerIndex)
        }
        if requestEnded { connection.endRequest(trailers: heldTrailers) }
        heldTrailers = nil
        connection.flush()
        downstream?.wantRequestBody(true)
    }

    // MARK: the request's body

    /// Body bytes `start..<end` (absolute indices) have come.
    func requestBody(_ buffer: ByteBuffer, _ start: Int, _ end: Int) {
        bytesIn &+= end &- start
        guard !isEnded else { return }
        if let plan, bytesIn > plan.bodyLimit {
            fail(Failure(WireFailure.bodyTooLarge))
            return
        }
        if let stream, phase != .connecting {
            sentBody = true
            stream.sendBody(buffer, start, end)
        } else {
            var slice = buffer.getSlice(at: start, length: end &- start)!
            if held == nil { held = loop.eventLoop.newBuffer(capacity: slice.readableBytes) }
            held!.writeBuffer(&slice)
        }
    }

    func requestBodyEnded(trailers: HeadLines?) {
        guard !isEnded else { return }
        requestEnded = true
        guard phase != .connecting else {
            heldTrailers = trailers
            return
        }
        stream?.endRequest(trailers: trailers)
    }

    /// The rest of the request cannot be read.
    func requestBroke(_ failure: Failure) {
        guard !isEnded else { return }
        stream?.cancel()
        stream = nil
        fail(failure)
    }

    // MARK: the answer

    /// An interim answer passes on, but to a client of HTTP/1.0, which knows none (RFC 9110 15.2).
    func interimAnswer() {
        if !head.isOld { downstream?.sendInterim(answer) }
        answer.reset()
    }

    /// The agent's head is there.
    func answerHead() {
        if answer.isUpgrade {
            openTunnel()
            return
        }
        phase = .answering
        status = answer.status
        if status == 403, case .length(let bytes) = answer.framing, bytes <= Attribution.longest {
            heldAnswer = loop.eventLoop.newBuffer(capacity: bytes)
            return
        }
        downstream?.sendHead(of: self)
    }

    func answerBody(_ buffer: ByteBuffer, _ start: Int, _ end: Int) {
        if heldAnswer != nil {
            var slice = buffer.getSlice(at: start, length: end &- start)!
            heldAnswer!.writeBuffer(&slice)
            return
        }
        bytesOut &+= end &- start
        downstream?.sendBody(buffer, start, end)
    }

    /// The answer is complete; `stream` has been given back or closed by its connection.
    func answerEnded(trailers: HeadLines?) {
        stream = nil
        recordOutcome(Outcome.of(status: status))
        if let body = heldAnswer {
            heldAnswer = nil
            if Attribution.isMeant(body) {
                fail(Attribution.failure(agent: agent?.id ?? "-"))
                return
            }
            downstream?.sendHead(of: self)
            bytesOut &+= body.readableBytes
            downstream?.sendBody(body, body.readerIndex, body.writerIndex)
        }
        downstream?.endAnswer(trailers: trailers)
        downstream?.flush()
        account()
    }

    /// The connection to the agent broke, or what came over it is not HTTP.
    ///
    /// - Parameters:
    ///   - untouched: no byte of an answer has come.
    ///   - kept: the connection had served others before.
    func upstreamFailed(_ failure: Failure, _ kind: FailureKind, untouched: Bool, kept: Bool = false) {
        stream = nil
        guard !isEnded else { return }
        if phase == .tunnel {
            tunnelEnded()
            return
        }
        if kept, untouched, !wasStale, kind == .reset, isRepeatable, let upstream = target?.upstreams[agentIndex] {
            // the agent closed it while the request was on its way: nobody's fault, and no attempt; the lease stays
            wasStale = true
            phase = .connecting
            upstream.open(for: self)
            return
        }
        recordOutcome(.failure(kind))
        if phase == .answering, heldAnswer == nil {
            self.failure = failure.kind
            loop.counters.failed(kind: failure.kind.index)
            downstream?.abort()
            account()
            return
        }
        heldAnswer = nil
        if untouched, mayRetry(kind) { retry(after: failure) } else { fail(failure) }
    }

    /// Connecting failed: nothing was sent, so another agent may be asked whatever the method.
    func connectFailed(_ failure: Failure) {
        guard !isEnded else { return }
        recordOutcome(.failure(.connect))
        if attempts < Self.mostAttempts { retry(after: failure) } else { fail(failure) }
    }

    /// A connection failure is retried on one further agent, a broken exchange once if its repetition is safe.
    static let mostAttempts = 2

    private func mayRetry(_ kind: FailureKind) -> Bool {
        attempts < Self.mostAttempts && kind == .reset && isRepeatable
    }

    private var isRepeatable: Bool { head.method.isIdempotent && !sentBody && !isUpgrade }

    /// Another agent, never the same; where there is none, what went wrong first is the answer.
    private func retry(after failure: Failure) {
        guard let plan else { return }
        answer.reset()
        status = 0
        tried.add(agentIndex)
        phase = .gathering
        firstFailure = failure
        balance(plan)
    }

    /// Tells the balancer how the attempt ended and gives the place back, once.
    private func recordOutcome(_ outcome: Outcome) {
        guard isLeased, let target else { return }
        isLeased = false
        let upstream = target.upstreams[agentIndex]
        target.pool.pool.record(outcome, agent: agentIndex, now: loop.now)
        target.pool.pool.agents[agentIndex].state.release()
        if case .failure = outcome { loop.counters.add(to: .failures, agent: upstream.label) }
    }

    /// `X-ClawProxy-*` lines for operators, where `debugHeaders` is on.
    func debugFields() -> [UInt8] {
        guard runtime?.debugHeaders == true, let plan else { return [] }
        let text = "X-ClawProxy-Route: \(plan.name)\r\nX-ClawProxy-Agent: \(agent?.id ?? "-")\r\n"
            + "X-ClawProxy-Attempts: \(attempts)\r\n"
        return text.utf8.map { $0 == 0x0d || $0 == 0x0a || $0 >= 0x20 ? $0 : 0x20 }
    }

    // MARK: tunnels

    private func openTunnel() {
        guard isUpgrade, let stream, let downstream else {
            stream?.cancel()
            upstreamFailed(
                Failure(.badAnswer, "the agent changed protocols although nobody asked",
                    hint: "look at the agent: it answered 101 to a plain request"),
                .badAnswer, untouched: false)
            return
        }
        phase = .tunnel
        status = 101
        loop.counters.add(1, to: .activeTunnels)
        loop.counters.add(1, to: .tunnelsOpened)
        downstream.sendHead(of: self)
        downstream.becomeTunnel(self, to: stream)
        // the tunnel may last for hours: it keeps its lease and its plan, not its generation
        runtime = nil
    }

    /// Both directions have ended, or one broke.
    func tunnelEnded() {
        guard phase == .tunnel else { return }
        loop.counters.add(-1, to: .activeTunnels)
        recordOutcome(.success)
        stream = nil
        account()
    }

    // MARK: endings

    /// The client is gone: whatever phase this is in, the agent is told at once.
    func clientGone() {
        guard !isEnded else { return }
        if phase == .tunnel {
            tunnelEnded()
            return
        }
        stream?.cancel()
        stream = nil
        recordOutcome(.cancelled)
        failure = .clientGone
        loop.counters.failed(kind: Failure.Kind.clientGone.index)
        status = 499
        account()
    }

    /// Answers locally.
    func reply(_ reply: Reply) {
        guard !isEnded else { return }
        status = reply.status
        bytesOut = reply.body.count
        downstream?.sendReply(reply, for: self)
        account()
    }

    func fail(_ failure: Failure) {
        guard !isEnded else { return }
        self.failure = failure.kind
        loop.counters.failed(kind: failure.kind.index)
        stream?.cancel()
        stream = nil
        recordOutcome(.cancelled)
        var reply = failure.reply(requestID: requestIDBytes, agent: agent?.id)
        if let challenge = failure.challenge { reply.add("WWW-Authenticate", challenge) }
        if failure.status == 405 { reply.add("Allow", "GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH") }
        reply.closes = failure.closesConnection
        status = failure.status
        bytesOut = reply.body.count
        downstream?.sendReply(reply, for: self)
        account()
    }

    private func failUnavailable(_ plan: Plan, _ refusal: Refusal) {
        if let firstFailure {
            fail(firstFailure)
            return
        }
        let names = plan.targetNames
        switch refusal {
        case .allBusy:
            fail(Failure(
                .agentsBusy, "every agent of \(names) is at its maxConcurrent",
                hint: "retry after a second; raise maxConcurrent or add agents if this lasts"))
        case .noAgents:
            fail(Failure(
                .noAgent, "nobody serves \(names)",
                hint: "add an agent of that id, tag or pool under agents.discovery, or correct the target of rule '\(plan.name)'"))
        case .allUnavailable, .allTried:
            fail(Failure(
                .noAgent, "no agent of \(names) is available",
                hint: "`clawproxy agents` shows which are down and why; a rule's fallback serves meanwhile"))
        }
    }

    /// Counts and logs, once, and gives the exchange back.
    private func account() {
        guard !isEnded else { return }
        phase = .ending
        let elapsed = loop.now - started
        let route = plan?.label ?? CounterLabels.unmatched
        loop.counters.requestEnded(route: route, status: status, nanoseconds: elapsed)
        loop.counters.add(-1, to: .activeExchanges)
        loop.counters.add(bytesIn, to: .bytesIn)
        loop.counters.add(bytesOut, to: .bytesOut)
        loop.process.exchangeEnded()
        if loop.process.logsAccess, plan?.local == nil { logAccess(elapsed, route) }
        downstream?.exchangeEnded()
    }

    private func logAccess(_ elapsed: Int64, _ route: Int) {
        guard let client else { return }
        client.text.withUnsafeBytes { address in
            var facts = AccessFacts(unixMilliseconds: loop.wallMilliseconds)
            facts.client = address
            facts.method = head.methodBytes
            facts.path = head.path
            facts.requestID = requestIDBytes
            facts.protocolName = head.isOld ? "HTTP/1.0" : "HTTP/1.1"
            facts.status = status
            facts.bytesIn = bytesIn
            facts.bytesOut = bytesOut
            facts.nanoseconds = elapsed
            facts.attempts = attempts
            facts.route = route
            facts.agent = agentIndex >= 0 ? target?.upstreams[agentIndex].label ?? -1 : -1
            facts.error = failure?.index ?? -1
            let tenant = credential?.tenant ?? ""
            var text = tenant
            text.withUTF8 { bytes in
                facts.tenant = UnsafeRawBufferPointer(bytes)
                loop.logAccess(facts)
            }
        }
    }
}
