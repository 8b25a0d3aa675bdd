internal import Access
internal import Balancer
internal import Routing
internal import Settings
internal import Wire

/// A request and the rule that takes it: who may send it, what is made of it, how long everything may last.
struct MatchedRequest {
    let explanation: RequestExplanation
    let head: RequestHead
    let rule: Rule
    /// The same plan that a loop would make of the rule, without the loop's connections.
    let plan: Plan
    /// What the body chooses among the rule's agents.
    let choice: ExplainedChoice
    let pools: ExplainedPools
    let queue: ExplainedQueue
    /// Nil where the rule asks for none.
    let admission: Authenticator.Finding?
    /// What it bears for the edge alone, though the rule does not ask for it.
    let withheld: EdgeSecrets
    /// The protocol that would be changed to.
    let upgrade: [UInt8]?
    /// The path for the agent: nil as it came, empty where it could not be made.
    let path: [UInt8]?

    init(_ explanation: RequestExplanation, _ head: RequestHead, _ rule: Rule, _ body: ExplainedBody? = nil) {
        self.explanation = explanation
        self.head = head
        self.rule = rule
        let generation = explanation.generation
        plan = Plan(rule, label: -1, settings: generation.settings, keeper: generation.authenticator)
        let whole = ExplainedPools(rule, generation.fleet, explanation.now)
        choice = ExplainedChoice(
            body, rule, plan, generation, isForModels: whole.isForModels(plan))
        pools =
            choice.filters.isEmpty
            ? whole : ExplainedPools(rule, generation.fleet, explanation.now, choice.filters)
        queue = ExplainedQueue(head, explanation.client, rule, pools, generation.settings)
        admission = rule.requiresAuth ? Self.admission(head, plan.auth, explanation) : nil
        withheld = plan.keeper?.conceal(head, plan) ?? []
        upgrade = head.asksUpgrade ? plan.upgrade(asked: head) : nil
        path = rule.rewrites ? rule.rewrittenPath(head.path) : nil
    }

    private var settings: GatewaySettings { explanation.generation.settings }
    private var place: Int? { RulePlaces(explanation.generation).place(rule) }

    /// Where the rule is written; nil where there are no rules at all, and everything goes to everybody.
    private var key: String? {
        if let place { return "gateway.routing.rules[\(place)]" }
        return settings.routing.default == nil ? nil : "gateway.routing.default"
    }

    /// What the proxy answers itself, in the order in which it looks; nil where an agent is asked.
    var answer: Failure? {
        if refusesDelimiter { return Failure.encodedPath(plan) }
        if case .unknown(let fault) = admission {
            return Failure.unauthorized(fault, plan.auth, keyHeader: settings.auth.apiKeyHeader)
        }
        if exceedsLimit { return Failure(WireFailure.bodyTooLarge) }
        if path?.isEmpty == true { return Failure.rewriteOutOfMemory(plan) }
        if let failure = choice.failure { return failure }
        if queue.waits { return nil }
        return pools.refusal.map { Failure.unavailable(plan, $0) }
    }

    private var refusesDelimiter: Bool { head.hasEncodedDelimiter && !plan.keepsEncodedDelimiters }

    /// A length that was announced is refused at once, a body without one when it grows past the limit.
    private var exceedsLimit: Bool {
        if case .length(let bytes) = head.framing, bytes > plan.bodyLimit { return true }
        return (explanation.question.body?.count ?? 0) > plan.bodyLimit
    }

    // MARK: the rule

    func match(_ position: (Int) -> String?) -> Node {
        .object([
            ("rule", place.map { .int($0) } ?? .null), ("key", .text(key)), ("name", .string(rule.name)),
            ("type", .string(rule.match.type.rawValue)), ("pattern", .text(rule.match.pattern)),
            ("position", .text(key == nil ? nil : position(place ?? -1))), ("priority", .int(rule.priority)),
            ("isDefault", .flag(rule.isDefault)), ("requiresAuth", .flag(rule.requiresAuth)), ("auth", auth),
            (
                "encodedDelimiter",
                .object([
                    ("found", .flag(head.hasEncodedDelimiter)), ("policy", .string(rule.encodedDelimiters.rawValue)),
                    ("refused", .flag(refusesDelimiter)),
                ])
            ),
            ("bodyLimit", .object([("bytes", .int(plan.bodyLimit)), ("exceeded", .flag(exceedsLimit))])),
            ("upgrade", .text(upgrade.map { String(decoding: $0, as: UTF8.self) })),
        ])
    }

    /// Whose token it is; the token itself is told nowhere.
    private var auth: Node {
        var rows: (admitted: Node, name: Node, tenant: Node, challenge: Node) = (.null, .null, .null, .null)
        switch admission {
        case .known(let credential):
            rows = (.flag(true), .string(credential.name), .string(credential.tenant), .null)
        case .unknown(let fault):
            let failure = Failure.unauthorized(fault, plan.auth, keyHeader: settings.auth.apiKeyHeader)
            rows = (.flag(false), .null, .null, .text(failure.challenge))
        case .asks, .token, nil: break
        }
        return .object([
            ("admitted", rows.admitted), ("name", rows.name), ("tenant", rows.tenant), ("challenge", rows.challenge),
            ("kinds", .strings(rule.requiresAuth ? plan.auth.names : [])), ("kind", .text(kind)), ("asks", .text(asks)),
        ])
    }

    // MARK: again, and how long

    var retry: Node {
        ExplainedRetry(
            head, plan, pools.pool, kinds: pools.kinds, isUpgrade: upgrade != nil,
            bodyBytes: explanation.question.body?.count ?? 0, settings: settings
        ).node
    }

    var timeouts: Node {
        let common = settings.http.timeouts
        let own = rule.timeouts
        func row(_ name: String, _ own: Duration?, _ common: Duration) -> (String, Node) {
            let base = own == nil ? "gateway.http" : key ?? ""
            let value = own ?? common
            return (
                name,
                .object([
                    ("ms", .int(value.nanoseconds / 1_000_000)), ("text", .string(value.spelling)),
                    ("key", .string("\(base).timeouts.\(name)")),
                ])
            )
        }
        return .object([
            row("connect", own.connect, common.connect), row("firstByte", own.firstByte, common.firstByte),
            row("streamGap", own.streamGap, common.streamGap), row("tunnelIdle", own.tunnelIdle, common.tunnelIdle),
        ])
    }

    /// Null where nothing is kept of any answer.
    var cache: Node {
        ExplainedCache(
            head, plan, rule, body: explanation.question.body ?? [], kinds: pools.kinds,
            tenant: tenant, settings: settings
        )?.node ?? .null
    }

    /// Whom it is from, where that is known.
    var credential: Credential? {
        if case .known(let credential)? = admission { credential } else { nil }
    }

    private var tenant: String? { credential?.tenant }

    /// The kind of credential that decided.
    private var kind: String? {
        switch admission {
        case .known(let credential): credential.kind.names.first
        case .unknown(let fault): fault.kind.names.first
        case .token: "jwt"
        case .asks: "forward"
        case nil: nil
        }
    }

    /// What would have to be asked before it could be said; nothing is asked here.
    private var asks: String? {
        switch admission {
        case .asks: settings.auth.forwardAuth.url.map { "the service at \($0)" }
        case .token: "the keys of the token's issuer, which have not been read here"
        default: nil
        }
    }

    /// As an exchange has it. A token is verified by the keys that are known.
    private static func admission(
        _ head: RequestHead, _ kinds: AuthKinds, _ explanation: RequestExplanation
    ) -> Authenticator.Finding {
        let authenticator = explanation.generation.authenticator
        let now = Configurator.now()
        let found = authenticator.look(head, explanation.client, kinds, now: now)
        authenticator.hideKey(head, kinds)
        guard case .token(let token) = found, let jwt = authenticator.jwt else { return found }
        do throws(AuthFault) {
            let known = try jwt.judge(token.bytes, token.digest, now)
            return token.otherwise == nil ? .known(known) : .unknown(.wrongKind(.jwt))
        } catch {
            if let otherwise = token.otherwise { return .unknown(otherwise) }
            if case .unavailable = error { return found }
            return authenticator.settle(error, kinds)
        }
    }

    var forward: Node { ForwardedHead(self).node }

    /// The edits as they are written, for their names.
    var edits: RuleHeaderSettings {
        place.map { settings.routing.rules[$0].headers } ?? RuleHeaderSettings()
    }
}
