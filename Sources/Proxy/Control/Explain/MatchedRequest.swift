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
    let pools: ExplainedPools
    /// Nil where the rule asks for none.
    let admission: Admission?
    /// The protocol that would be changed to.
    let upgrade: [UInt8]?
    /// The path for the agent: nil as it came, empty where it could not be made.
    let path: [UInt8]?

    init(_ explanation: RequestExplanation, _ head: RequestHead, _ rule: Rule) {
        self.explanation = explanation
        self.head = head
        self.rule = rule
        let generation = explanation.generation
        plan = Plan(rule, label: -1, settings: generation.settings)
        pools = ExplainedPools(rule, generation.fleet, explanation.now)
        let authorization = head.authorizationField
        let value = authorization >= 0 ? head.lines.value(head.lines.fields[authorization]) : nil
        admission = rule.requiresAuth ? generation.tokens.admit(authorization: value) : nil
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
        if case .refused(let challenge) = admission {
            return Failure.unauthorized(explanation.generation.tokens, challenge)
        }
        if exceedsLimit { return Failure(WireFailure.bodyTooLarge) }
        if path?.isEmpty == true { return Failure.rewriteOutOfMemory(plan) }
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
        case .admitted(let credential):
            rows = (.flag(true), .string(credential.name), .string(credential.tenant), .null)
        case .refused(let challenge): rows = (.flag(false), .null, .null, .string("\(challenge.text)"))
        case nil: break
        }
        return .object([
            ("admitted", rows.admitted), ("name", rows.name), ("tenant", rows.tenant), ("challenge", rows.challenge),
        ])
    }

    // MARK: again, and how long

    /// What is sent a second time if it fails, as `Exchange.upstreamFailed` and `connectFailed` decide.
    var retry: Node {
        let isUpgrade = upgrade != nil
        let hasBody = head.framing != .none
        let isRepeatable = head.method.isIdempotent && !hasBody && !isUpgrade
        let method = head.methodBytes.text
        let why =
            if isRepeatable {
                "\(method) without a body may be repeated"
            } else if isUpgrade {
                "an upgrade is never repeated"
            } else if !head.method.isIdempotent {
                "\(method) is not idempotent"
            } else {
                "a body that was sent is not kept"
            }
        return .object([
            ("mostAttempts", .int(Exchange.mostAttempts)), ("onConnectFailure", .flag(true)),
            ("onBrokenConnection", .flag(isRepeatable)), ("onStaleConnection", .flag(isRepeatable)),
            ("onTimeout", .flag(false)), ("onStatus", .flag(false)), ("afterFirstByte", .flag(false)),
            ("kinds", .strings(pools.kinds)),
            (
                "words",
                .strings([
                    "no connection to the agent: one other agent is asked, for nothing was sent",
                    isRepeatable
                        ? "the connection breaks before the answer: one other agent is asked (\(why))"
                        : "the connection breaks before the answer: not repeated (\(why)); 502",
                    isRepeatable
                        ? "a kept connection turns out closed: the same agent is asked over a new one"
                        : "a kept connection turns out closed: not repeated (\(why)); 502"
                            + (head.method.isIdempotent ? "" : ", so the kernel is asked before it is used"),
                    "no answer in time, or 502, 503, 504 of the agent: not repeated",
                    "once a byte of the answer has come: never repeated",
                ])
            ),
        ])
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

    var forward: Node { ForwardedHead(self).node }

    /// The edits as they are written, for their names.
    var edits: RuleHeaderSettings {
        place.map { settings.routing.rules[$0].headers } ?? RuleHeaderSettings()
    }
}
