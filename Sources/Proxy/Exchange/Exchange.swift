internal import Access
internal import Balancer
internal import Cache
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
    /// Where the walk is. Exits: `idle` -> `gathering` (begin); `gathering` -> `queued` | `connecting` | `waiting` | `ending`;
    /// `queued` (no attempt yet, every agent is busy) -> `gathering` (a place is promised) | `ending`;
    /// `connecting` -> `waiting` | `connecting` (again) | `ending`; `waiting` -> `answering` | `connecting` (again) |
    /// `tunnel` | `ending`; `answering` -> `ending` | `connecting` (a held event stream failed); `tunnel` -> `ending`;
    /// `ending` -> `idle` (account).
    enum Phase { case idle, gathering, queued, connecting, waiting, answering, tunnel, ending }

    let loop: Loop
    let head = RequestHead()
    /// Of the attempt that is, or will be, answered from; a hedge reads into one of its own until it has won.
    var answer = ResponseHead()
    var phase = Phase.idle
    var serial: UInt64 = 0
    var started: Int64 = 0
    /// Until the plan is made and the request admitted: what goes to an agent may last for hours, and needs the plan
    /// alone. The proxy's own pages keep it.
    var runtime: LoopRuntime?
    var share: GenerationShare?
    var plan: Plan?
    unowned(unsafe) var downstream: (any Downstream)?
    var client: Client?
    /// Whom a trusted peer brought; nil: the client is the peer.
    var forwarded: ForwardedClient?
    /// The limit of all requests, where it was asked before the body that names the rule was read.
    var limitAsked: RateLimit?
    var stream: (any UpstreamStream)?
    /// Which agent of which pool this attempt is with, or the last one was.
    var target: LoopTarget?
    var agentIndex = -1
    /// In the queue of a pool, or with a place promised by it.
    var waiter: Waiter?
    /// The place with it, until the attempt is over.
    var lease: Lease?
    var tried = Tried()
    var attempts = 0
    /// Tells connections that were being made for one attempt from those of another.
    var turn: UInt32 = 0
    /// Repetitions: those that the budget paid for, and those at no cost.
    var repeats = 0
    var freeRepeats = 0
    /// Who was asked, where more than one pool is; see `otherAgent`.
    var asked: [Agent] = []
    /// The whole request has come from the client, and has gone to the agent.
    var requestEnded = false
    var sentBody = false
    /// The body so far: until it can be sent, and, while `keepsBody`, after it was.
    var held: ByteBuffer?
    var heldTrailers: HeadLines?
    var keepsBody = false
    /// When the first agent had all of the request: what it and others take to answer counts from here.
    var waitingSince: Int64 = 0
    var hedge: Hedge?
    var watch: StreamWatch?
    /// So few agents were available that this one was asked though it did not seem to serve, or might have been.
    var isPanic = false
    /// What binds it to an agent; nil for most.
    var binding: Binding?
    var heldAnswer: ByteBuffer?
    /// Its body is being looked into; nil for most.
    var reading: BodyReading?
    /// What a semantic rule was chosen by.
    var decision: Decision?
    /// Which model is asked, and who may be asked after it; nil where the proxy leaves that to the agents.
    var models: ModelTurn?
    /// The body's length where it is not the client's any more.
    var contentLength: Int?
    /// `100 Continue` was sent.
    var continued = false
    /// How far it is with the cache; nil for most.
    var caching: CacheTurn?
    /// Why the cache was not asked, though its rule has one.
    var notCached: CacheStatusText.Forwarded?
    /// What the cache was to it, for its access line; empty: nothing.
    var cacheOutcome: StaticString = ""
    /// Held back until replicas know what it makes invalid.
    var waiting: WaitingAnswer?
    /// Of a fill: no client's request, and not counted as one.
    var isInside = false
    /// Field lines in place of the request's conditions and ranges; nil: those stay.
    var conditions: [UInt8]?
    /// The answer is looked into, so it is to come without a content coding.
    var wantsIdentity = false
    var credential: Credential?
    /// What it bears for the edge alone, though its rule does not ask for it.
    var withheld: EdgeSecrets = []
    /// It is a call of gRPC; nil for most.
    var grpc: GRPCCall?
    /// How far admission is; what it waits for comes back to `resumeAdmission`.
    var admission = AdmissionStep.first
    /// It waits for somebody's word; the body is held meanwhile.
    var isAdmitting = false
    /// What it takes of the limits of models; nil for most.
    var charge: ModelCharge?
    /// Field lines, each with its CR LF, that whatever answer gets: CORS, limits, protection of browsers.
    var added: [UInt8] = []
    /// Those of the edge are among them.
    var edgeSaid = false
    var bytesIn = 0
    var bytesOut = 0
    var status = 0
    var failure: Failure.Kind?
    var firstFailure: Failure?
    var rewrittenPath: [UInt8]?
    var isUpgrade = false
    /// The protocol that the client asks to change to, in lower case, when the rule allows it.
    var upgradeName: [UInt8] = []
    let requestID: UnsafeMutableRawPointer
    var requestIDCount = 0
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
        share = nil
        plan = nil
        downstream = nil
        client = nil
        forwarded = nil
        limitAsked = nil
        stream = nil
        target = nil
        waiter = nil
        agentIndex = -1
        tried = Tried()
        attempts = 0
        turn = 0
        repeats = 0
        freeRepeats = 0
        if !asked.isEmpty { asked = [] }
        requestEnded = false
        sentBody = false
        held = nil
        heldTrailers = nil
        keepsBody = false
        waitingSince = 0
        hedge = nil
        watch = nil
        binding = nil
        isPanic = false
        heldAnswer = nil
        reading = nil
        decision = nil
        models = nil
        contentLength = nil
        continued = false
        caching = nil
        notCached = nil
        waiting = nil
        cacheOutcome = ""
        isInside = false
        conditions = nil
        wantsIdentity = false
        credential = nil
        withheld = []
        grpc = nil
        admission = .first
        isAdmitting = false
        charge = nil
        if !added.isEmpty { added = [] }
        edgeSaid = false
        bytesIn = 0
        bytesOut = 0
        status = 0
        failure = nil
        firstFailure = nil
        lease = nil
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
        opened()
        identify()
        if head.method == .post { beginCall() }
        if let client {
            client.follow(loop.runtime)
            if client.isTrusted { findForwarded(client) }
        }
        if let edge = runtime?.edge, !passesEdge(edge) { return }
        if let runtime, let client, client.door == .admin, let failure = runtime.adminGate.refusal(head, client) {
            return fail(failure)
        }
        if PurgeGate.concerns(head), purges() { return }
        guard let plan = match() else { return }
        self.plan = plan
        enter(plan)
    }

    /// The request may pass: what its body says is looked at where that decides something.
    func entered(_ plan: Plan) {
        guard rewrite(plan) else { return }
        if let local = plan.local {
            gather(local)
            return
        }
        if let keeper = plan.keeper { withheld = keeper.conceal(head, plan) }
        // the body has been read already where it decided upon the rule
        if let reading { return decided(plan, reading) }
        if reads(plan) { return }
        runtime = nil
        if plan.limits?.models != nil, asksModelLimits(plan, nil) { return }
        goOn(plan)
    }

    /// All that decides is known: the cache, then an agent.
    @inline(__always)
    func goOn(_ plan: Plan) {
        if plan.caching != nil, consults(plan) { return }
        if findsBinding(plan) { balance(plan) }
    }

    /// Pages that take a body are answered when all of it is here.
    func gather(_ page: LocalPage) {
        if requestEnded || !page.takesBody {
            loop.process.answerLocally(page, self)
        } else {
            inviteBody()
        }
    }

    /// Asks for the body where the client holds it back until then, once (RFC 9110 10.1.1).
    func inviteBody() {
        guard head.expectsContinue, !continued else { return }
        continued = true
        downstream?.sendContinue()
    }

    /// Finds the plan, or answers why there is none.
    func match() -> Plan? {
        guard let runtime, let client else { return nil }
        if client.door == .redirect {
            redirect()
            return nil
        }
        switch runtime.match(head, client) {
        case .plan(let plan): return plan
        case .asks(let question): awaits(question)
        case .none:
            var failure = Failure.noRule(head)
            if runtime.debugHeaders, let near = runtime.nearest(head) {
                failure.hint += "; the nearest rule is '\(near)'"
            }
            fail(failure)
        case .outOfMemory:
            fail(Failure.rulesOutOfMemory)
        }
        return nil
    }

    /// The path for the agent; false when it could not be made.
    func rewrite(_ plan: Plan) -> Bool {
        guard let rule = plan.rule, rule.rewrites, let path = rule.rewrittenPath(head.path) else { return true }
        rewrittenPath = path
        if path.isEmpty {
            fail(Failure.rewriteOutOfMemory(plan))
        }
        return !path.isEmpty
    }

    /// Chooses an agent and takes a lease on it, then a stream of a connection to it.
    func balance(_ plan: Plan) {
        guard client != nil else { return }
        var refusal = Refusal.noAgents
        let first = target ?? plan.target(&loop.random)
        var candidate = first
        var isLast = false
        var busy: LoopTarget?
        while let pool = candidate {
            var ask = Ask(key: addressKey, now: loop.now, tried: tried, isRepeatable: isRepeatable(in: pool))
            // where another model stands by, nobody is asked who does not seem to serve
            ask.allowsPanic = (!plan.hasFallbacks || isLast) && models?.hasNext != true
            if pool.countsTokens { ask.tokens = estimatedTokens }
            if binding != nil, !bind(&ask, pool, plan) {
                // it waits for something else now, and what the queue promised it goes on; if it has gone on itself by
                // now, a place in the queue is its own
                if phase == .gathering { leaveQueue() }
                return
            }
            switch mayPick(pool) ? pool.pool.pick(ask) : .none(.allBusy) {
            case .agent(let lease):
                hasPlace(pool)
                target = pool
                agentIndex = lease.agent
                self.lease = lease
                if binding != nil { bound(ask, lease, pool) }
                isPanic = pool.pool.isPanic
                pool.requests.began(pool.pool.pool.retryBudget, loop.now)
                attempts += 1
                connect(pool.upstreams[lease.agent])
                return
            case .none(let reason):
                refusal = reason
                if reason == .allBusy, busy == nil { busy = pool }
                candidate = plan.next(after: pool)
                if candidate != nil { tried = Tried() }
            }
            // where nobody of them all is available, those that do not seem to serve are asked
            if candidate == nil, busy == nil, !isLast, plan.hasFallbacks, models?.hasNext != true {
                isLast = true
                candidate = first
            }
        }
        if let busy, enqueue(busy) { return }
        failUnavailable(plan, refusal)
    }
}
