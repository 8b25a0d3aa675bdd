internal import Access
internal import Balancer
internal import Cache
internal import Routing
internal import Settings
internal import Telemetry
internal import Wire

/// A generation as one loop uses it: objects of its own, so that no reference count is shared between cores on the path
/// of a request. Plans and pools are made when they are first needed: ten thousand rules cost nothing until asked for.
///
/// Made and thrown away off the loop, which is not held up by either; in between touched on the loop alone.
final class LoopRuntime: @unchecked Sendable {
    enum Found {
        case plan(Plan)
        /// What the body means decides.
        case asks(MeaningQuestion)
        case none
        case outOfMemory
    }

    /// Nanoseconds of `http.timeouts`.
    struct Timeouts {
        var read, write, idle, header, firstByte, streamGap, tunnelIdle: Int64

        init(_ settings: TimeoutSettings) {
            read = settings.read.nanoseconds
            write = settings.write.nanoseconds
            idle = settings.idle.nanoseconds
            header = settings.header.nanoseconds
            firstByte = settings.firstByte.nanoseconds
            streamGap = settings.streamGap.nanoseconds
            tunnelIdle = settings.tunnelIdle.nanoseconds
        }
    }

    private struct Narrowing: Hashable {
        var plan: ObjectIdentifier
        var filters: [AgentFilter]
    }

    let generation: Generation
    let share: GenerationShare
    let wireLimits: WireLimits
    let timeouts: Timeouts
    let http2: HTTP2Bounds
    let bodyPace: BodyPace
    let debugHeaders: Bool
    /// The field line of answers over TLS that says to come so again; empty where there is none.
    let hsts: [UInt8]
    /// Tells agents of a client's certificate.
    let identityHeader: String?
    /// Of any request, in bytes; and how much of one is waited for to see what it means.
    let bodyLimit: Int
    let readBytes: Int
    let authenticator: Authenticator
    let adminGate: AdminGate
    let purgeGate: PurgeGate
    private let router: Router
    private let trusted: AddressSet
    let forwardedField: ForwardedField
    /// Lists, browsers and the PROXY protocol; nil where none is configured.
    let edge: Edge?
    private var plans: [Plan?]
    private var targets: [String: LoopTarget] = [:]
    private var narrowed: [Narrowing: Plan] = [:]
    private let pages: LocalPages
    private unowned(unsafe) var loop: Loop?

    init(_ generation: Generation) {
        self.generation = generation
        share = GenerationShare(generation.number)
        let settings = generation.settings
        wireLimits = generation.wireLimits
        timeouts = Timeouts(settings.http.timeouts)
        http2 = HTTP2Bounds(settings.http)
        bodyPace = BodyPace(silence: timeouts.read, minRate: settings.http.limits.minRate.bytes)
        debugHeaders = settings.debugHeaders
        hsts = settings.http.tls.hsts.line
        identityHeader = settings.http.tls.identityHeader
        // until the rule is known, that of the rule that takes most
        bodyLimit = generation.router.rules.reduce(settings.http.limits.bodyBytes.bytes) { max($0, $1.bodyBytes ?? 0) }
        readBytes = settings.routing.semantic.bodyBytes.bytes
        authenticator = generation.authenticator
        adminGate = AdminGate(settings.admin)
        purgeGate = PurgeGate(settings.cache.purge)
        router = Router(copy: generation.router)
        trusted = AddressSet(settings.http.trustedProxies)
        forwardedField = settings.http.forwardedField
        edge = Edge(settings)
        plans = Array(repeating: nil, count: generation.router.rules.count)
        pages = LocalPages(generation)
    }

    /// Settles on its loop. Pools that did not change go on where they were: their turns and weights are live state.
    func settle(on loop: Loop, after previous: LoopRuntime?) {
        self.loop = loop
        loop.list(share)
        guard let previous else { return }
        targets = previous.targets.filter { name, target in
            generation.fleet.pool(listed: name) === target.pool.pool
        }
    }

    func isTrusted(_ address: [UInt8]) -> Bool {
        trusted.contains(address)
    }

    func trusts(_ address: ClientAddress) -> Bool { trusted.contains(address) }

    /// The plan for a request; the proxy's own pages come before the rules.
    @inline(__always)
    func match(_ head: RequestHead, _ client: Client) -> Found {
        if let page = pages.find(head, client.door, adminGate) { return .plan(page) }
        guard client.door == .clients else { return .none }
        let index = router.match(head)
        if index >= 0 { return .plan(plan(at: index)) }
        if index == Router.asksMeaning { return asks(head) }
        return index == Router.outOfMemory ? .outOfMemory : .none
    }

    private func asks(_ head: RequestHead) -> Found {
        guard let question = router.question(head) else { return .outOfMemory }
        if head.mayBringJSON, !head.asksUpgrade { return .asks(question) }
        return question.otherwise >= 0 ? .plan(plan(at: question.otherwise)) : .none
    }

    /// Whatever the body means, its rule wants somebody who is known; the kinds of credentials that some of them take.
    /// Nil: strangers may come in.
    func refusesStrangers(_ question: MeaningQuestion) -> AuthKinds? {
        let others = question.otherwise >= 0 ? [question.otherwise] : []
        var kinds: AuthKinds = []
        for index in question.candidates.map(\.rule) + others {
            let plan = plan(at: index)
            guard plan.requiresAuth else { return nil }
            kinds.formUnion(plan.auth)
        }
        return kinds
    }

    /// The plan of a rule by its place in `Router.rules`.
    func plan(at index: Int) -> Plan { plans[index] ?? plan(index) }

    private func plan(_ index: Int) -> Plan {
        let rule = router.rule(copy: index)
        let plan = Plan(
            rule, label: generation.routeLabels[index], settings: generation.settings,
            caching: loop.flatMap { CachePlan(rule, generation, $0) }, reads: BodyReads(rule, generation),
            limits: generation.limits.plan(rule), keeper: authenticator, target: target)
        plans[index] = plan
        return plan
    }

    /// A plan for some of its agents alone; the same one where that is all of them, nil where it reaches none.
    ///
    /// - Parameter filters: of names that the configuration knows: what is made for them is kept.
    func narrowed(_ plan: Plan, to filters: [AgentFilter]) -> Plan? {
        if filters.isEmpty || plan.reach.allSatisfy({ agent in filters.allSatisfy { $0.takes(agent) } }) { return plan }
        let key = Narrowing(plan: ObjectIdentifier(plan), filters: filters)
        if let known = narrowed[key] { return known }
        let made = Plan(plan) { [fleet = generation.fleet] target in
            fleet.pool(target.pool.pool, narrowedTo: filters).flatMap(self.target(of:))
        }
        narrowed[key] = made
        return made
    }

    /// The rule whose pattern shares the longest beginning with the path, for the hint of a 404.
    func nearest(_ head: RequestHead) -> String? {
        let path = head.path
        let shared = router.rules.map { rule in zip((rule.match.pattern ?? "").utf8, path).prefix { $0 == $1 }.count }
        guard let most = shared.max(), let index = shared.firstIndex(of: most) else { return nil }
        return router.rules[index].name
    }

    /// A pool by the name that a rule gives it; nil when nobody bears the name.
    func target(_ name: TargetName?) -> LoopTarget? { generation.fleet.pool(of: name).flatMap(target(of:)) }

    /// A pool by its own name; nil where there is none.
    func target(listed name: String) -> LoopTarget? { generation.fleet.pool(listed: name).flatMap(target(of:)) }

    private func target(of pool: Pool) -> LoopTarget? {
        guard let loop else { return nil }
        if let known = targets[pool.name], known.pool.pool === pool { return known }
        let made = LoopTarget(
            LoopPool(pool, seed: loop.random.next()),
            pool.agents.map { loop.upstream(for: $0, generation: generation) }, loop.process.queues.queue(of: pool))
        targets[pool.name] = made
        return made
    }
}

/// A pool as one loop uses it: who is picked, and the connections to each.
final class LoopTarget {
    let pool: LoopPool
    let upstreams: [Upstream]
    let queue: PoolQueue
    /// Which requests stay with one agent; nil where none do.
    let affinity: AffinityPlan?
    /// The strategy goes by what requests are estimated to cost.
    let countsTokens: Bool
    /// Requests that the pool's budget for repetitions has not been told of.
    var requests = RequestTally()
    /// How long answers took to begin, where the pool hedges.
    var firstBytes = FirstByteQuantile()

    init(_ pool: LoopPool, _ upstreams: [Upstream], _ queue: PoolQueue) {
        self.pool = pool
        self.upstreams = upstreams
        affinity = AffinityPlan(pool.pool)
        countsTokens = pool.pool.strategy.strategy.name == LeastTokens.name
        self.queue = queue
    }
}
