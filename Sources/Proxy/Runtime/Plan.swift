internal import Cache
internal import Settings
internal import Access
internal import Balancer
internal import Routing
internal import Wire

/// What a rule means for an exchange, worked out beforehand for one loop.
final class Plan {
    /// Lines to add to a head, and what to leave out of it.
    struct Edits {
        var bytes: [UInt8] = []
        var dropping: Dropping
    }

    /// Bounds of a held event stream, and the silence that is filled. Nanoseconds; 0 is off.
    struct Streams {
        var commitAfter: Int64
        var commitEvents: Int
        var commitBytes: Int
        var heartbeat: Int64

        /// Nil where nothing is to be done.
        init?(_ settings: StreamSettings, _ rule: RuleStreams) {
            commitAfter = (rule.commitAfter ?? settings.commitAfter).nanoseconds
            heartbeat = (rule.heartbeat ?? settings.heartbeat).nanoseconds
            commitEvents = settings.commitEvents
            commitBytes = settings.commitBytes.bytes
            if commitAfter <= 0, heartbeat <= 0 { return nil }
        }
    }

    static let responseDrops = Dropping.hopByHop | Dropping.bits(.xRequestID)

    let name: String
    let rule: Rule?
    /// Index of the route in the counters' labels.
    let label: Int
    /// A page of the proxy itself, in place of an agent.
    let local: LocalPage?
    let requiresAuth: Bool
    /// What one of is wanted, where one is.
    let auth: AuthKinds
    /// `Authorization` is for the edge, and goes no further.
    let consumesAuthorization: Bool
    /// The field with the API key that is for the edge, in lower case; empty: there is none.
    let consumedKey: [UInt8]
    /// Who knows tokens and keys of the edge, which agents do not get though the rule asks for none; nil: there are none, or
    /// they go on.
    let keeper: Authenticator?
    let keepsEncodedDelimiters: Bool
    let bodyLimit: Int
    /// Nanoseconds.
    let connect: Int64?
    let firstByte: Int64
    let streamGap: Int64
    let tunnelIdle: Int64
    /// Answers tell of this rule and the agent, for operators.
    let tellsDebug: Bool
    /// `endpoint-load-metrics` of answers is read.
    let takesReports: Bool
    /// What the agents are to this rule; nil: what they or their pools say.
    let kind: AgentKind?
    /// How event streams are watched; nil where they are not.
    let streams: Streams?
    let requestEdits: Edits
    let responseEdits: Edits
    /// Nil where nothing of its answers is kept.
    let caching: CachePlan?
    /// Who may ask, and what browsers are told; nil where nothing is.
    let edge: PlanEdge?
    /// What is looked for in the body before an agent is chosen; nil: nothing.
    let reads: BodyReads?
    /// How often and how much its clients may ask; nil: as they like.
    let limits: LimitPlan?
    private let upgrades: [[UInt8]]
    private let splits: Splits
    private let choices: [LoopTarget?]
    private let fallbacks: [LoopTarget]
    let targetNames: String

    /// `target` finds a loop's pool by the name that the rule gives it; what only asks for the plan gives none.
    init(_ rule: Rule, label: Int, settings: GatewaySettings, caching: CachePlan? = nil, reads: BodyReads? = nil,
        limits: LimitPlan? = nil, keeper: Authenticator? = nil,
        target: (TargetName?) -> LoopTarget? = { _ in nil }
    ) {
        let timeouts = settings.http.timeouts
        self.rule = rule
        name = rule.name
        self.label = label
        local = nil
        requiresAuth = rule.requiresAuth
        auth = settings.auth.kinds(rule.auth)
        let consumes = rule.requiresAuth && !settings.auth.forward
        // an API key leaves `Authorization` to the agent, unless it may bear something for the edge as well
        consumesAuthorization = consumes && auth != .apiKey && auth != .clientCertificate
        consumedKey = settings.auth.consumedKey(auth)
        self.keeper = !settings.auth.forward && keeper?.knowsSecrets == true ? keeper : nil
        keepsEncodedDelimiters = rule.encodedDelimiters == .keep
        bodyLimit = rule.bodyBytes ?? settings.http.limits.bodyBytes.bytes
        connect = rule.timeouts.connect?.nanoseconds
        firstByte = (rule.timeouts.firstByte ?? timeouts.firstByte).nanoseconds
        streamGap = (rule.timeouts.streamGap ?? timeouts.streamGap).nanoseconds
        tunnelIdle = (rule.timeouts.tunnelIdle ?? timeouts.tunnelIdle).nanoseconds
        tellsDebug = settings.debugHeaders
        takesReports = settings.agents.loadReport.header
        kind = rule.kind.flatMap { AgentKind(rawValue: $0.rawValue) }
        streams = Streams(settings.streams, rule.streams)
        requestEdits = Edits(
            bytes: rule.requestHeaders.setBytes,
            dropping: Dropping(
                ids: 0, names: rule.requestHeaders.dropped + IdentityNames.dropped(settings, key: consumedKey),
                underscores: !settings.http.allowUnderscores))
        edge = PlanEdge(rule, settings.http)
        responseEdits = Edits(
            bytes: rule.responseHeaders.setBytes,
            dropping: Dropping(
                ids: Self.responseDrops | (settings.agents.loadReport.expose ? 0 : Dropping.bits(.loadMetrics)),
                names: rule.responseHeaders.dropped + settings.http.tls.strippedAnswerFields + (edge?.spoken ?? []),
                underscores: false))
        self.caching = caching
        self.reads = reads
        self.limits = limits
        upgrades = [Array("websocket".utf8)] + rule.upgrades
        splits = rule.target.splits
        choices = rule.target.names.isEmpty ? [target(nil)] : rule.target.names.map { target($0) }
        // a target that is also named among the fallbacks has been asked by then
        let first = choices.count == 1 ? choices[0] : nil
        fallbacks = rule.fallback.compactMap { target($0) }.filter { $0 !== first }
        let names = rule.target.names.map(\.spelling)
        targetNames = "target '\(names.isEmpty ? "any agent" : names.joined(separator: ", "))'"
    }

    /// The same rule for some of its agents; nil where it reaches none of them.
    init?(_ plan: Plan, narrowing narrow: (LoopTarget) -> LoopTarget?) {
        let choices = plan.choices.map { $0.flatMap(narrow) }
        let fallbacks = plan.fallbacks.compactMap(narrow)
        guard !fallbacks.isEmpty || choices.contains(where: { $0 != nil }) else { return nil }
        name = plan.name
        rule = plan.rule
        label = plan.label
        local = nil
        requiresAuth = plan.requiresAuth
        auth = plan.auth
        consumesAuthorization = plan.consumesAuthorization
        consumedKey = plan.consumedKey
        keeper = plan.keeper
        keepsEncodedDelimiters = plan.keepsEncodedDelimiters
        bodyLimit = plan.bodyLimit
        connect = plan.connect
        firstByte = plan.firstByte
        streamGap = plan.streamGap
        tunnelIdle = plan.tunnelIdle
        tellsDebug = plan.tellsDebug
        takesReports = plan.takesReports
        kind = plan.kind
        streams = plan.streams
        edge = plan.edge
        requestEdits = plan.requestEdits
        responseEdits = plan.responseEdits
        caching = plan.caching
        reads = plan.reads
        limits = plan.limits
        upgrades = plan.upgrades
        splits = plan.splits
        self.choices = choices
        self.fallbacks = fallbacks
        targetNames = plan.targetNames
    }

    /// Every agent that the rule may reach, in order, once.
    private(set) lazy var reach: [Agent] = {
        var seen: Set<ObjectIdentifier> = []
        return (choices.compactMap { $0 } + fallbacks).flatMap(\.pool.pool.agents).filter {
            seen.insert(ObjectIdentifier($0)).inserted
        }
    }()

    /// What stands for a target of this plan in another one of the same rule; nil where it has nobody there.
    func counterpart(of target: LoopTarget, in other: Plan?) -> LoopTarget? {
        guard let other, let at = choices.firstIndex(where: { $0 === target }), other.choices.indices.contains(at)
        else { return nil }
        return other.choices[at]
    }

    /// The plan of one of the proxy's own pages.
    init(page: LocalPage, label: Int, bodyLimit: Int, edge: PlanEdge? = nil) {
        self.edge = edge
        rule = nil
        name = page.rawValue
        self.label = label
        local = page
        requiresAuth = false
        auth = []
        consumesAuthorization = false
        consumedKey = []
        keeper = nil
        keepsEncodedDelimiters = false
        self.bodyLimit = bodyLimit
        connect = nil
        firstByte = .max
        streamGap = .max
        tunnelIdle = .max
        tellsDebug = false
        takesReports = false
        kind = nil
        streams = nil
        requestEdits = Edits(dropping: Dropping(ids: 0, underscores: true))
        responseEdits = Edits(dropping: Dropping(ids: Self.responseDrops, underscores: false))
        caching = nil
        reads = nil
        limits = nil
        upgrades = []
        splits = Splits([])
        choices = []
        fallbacks = []
        targetNames = ""
    }

    /// Whom to ask first: the one target, or the one that the weights draw.
    @inline(__always)
    func target(_ random: inout SplitMix64) -> LoopTarget? {
        if choices.count == 1 { return choices[0] ?? fallbacks.first }
        guard choices.count > 1 else { return nil }
        return target(drawn: random.next())
    }

    /// Weights decide among several targets.
    var isSplit: Bool { choices.count > 1 }

    /// The target that a number draws; the same number, the same target.
    func target(drawn number: UInt64) -> LoopTarget? {
        let drawn = splits.choose(number)
        return choices[drawn] ?? choices.lazy.compactMap { $0 }.first ?? fallbacks.first
    }

    /// Field lines that are kept or shared, as this rule edits them.
    func edited(_ lines: [UInt8]) -> [UInt8] {
        let dropped = responseEdits.dropping.names + (caching?.droppedFields ?? [])
        if dropped.isEmpty, responseEdits.bytes.isEmpty { return lines }
        return FieldLines.without(dropped, lines) + responseEdits.bytes
    }

    /// A rule or `routing.default` says who answers.
    var hasTarget: Bool { rule?.target.names.isEmpty == false }

    var hasFallbacks: Bool { !fallbacks.isEmpty }

    /// Whom to ask when `target` has nobody.
    func next(after target: LoopTarget) -> LoopTarget? {
        if let at = fallbacks.firstIndex(where: { $0 === target }) {
            return at + 1 < fallbacks.count ? fallbacks[at + 1] : nil
        }
        return fallbacks.first { $0 !== target }
    }

    /// The protocol to change to, when the client asks for one that the rule lets through; never h2c.
    func upgrade(asked head: RequestHead) -> [UInt8]? {
        guard head.upgradeField >= 0, rule != nil else { return nil }
        let value = head.lines.value(head.lines.fields[head.upgradeField])
        return upgrades.first { name in
            // WebSockets begin by GET (RFC 6455 4.1): another method is a request like others, whatever it asks for
            !name.elementsEqual("h2c".utf8) && (head.method == .get || !name.elementsEqual("websocket".utf8))
                && name.withUnsafeBytes { value.isCaseless($0) }
        }
    }
}
