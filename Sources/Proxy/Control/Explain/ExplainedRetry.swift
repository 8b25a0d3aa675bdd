internal import Balancer
internal import Settings
internal import Wire

/// What of a request is sent a second time if it fails, as `RetryPolicy` would decide.
struct ExplainedRetry {
    private let head: RequestHead
    private let policy: RetryPolicy
    private let hedge: HedgePolicy
    /// Of the agents that may be asked.
    private let kinds: [AgentKind]
    private let isUpgrade: Bool
    private let bodyBytes: Int
    private let kindNames: [String]

    /// `kinds`: what the agents of the first pool are, by name, in order.
    init(
        _ head: RequestHead, _ plan: Plan, _ pool: Pool?, kinds: [String], isUpgrade: Bool, bodyBytes: Int,
        settings: GatewaySettings
    ) {
        self.head = head
        policy = pool?.retry ?? RetryPolicy(settings.loadBalancing.retry)
        hedge = pool?.hedge ?? HedgePolicy(settings.loadBalancing.retry.hedge)
        kindNames = plan.kind.map { [$0.rawValue] } ?? kinds
        self.kinds = kindNames.compactMap(AgentKind.init(rawValue:))
        self.isUpgrade = isUpgrade
        if case .length(let bytes) = head.framing {
            self.bodyBytes = max(bytes, bodyBytes)
        } else {
            self.bodyBytes = bodyBytes
        }
    }

    /// Whichever agent is asked.
    private func repeats(_ cause: RetryCause) -> Bool {
        let kinds = self.kinds.isEmpty ? [AgentKind.openclaw] : self.kinds
        return kinds.allSatisfy { kind in
            let failed = FailedAttempt(
                cause, request(kind), sent: cause == .connect ? .nothing : bodyBytes > 0 ? .body : .head,
                isWhole: bodyBytes <= policy.replayBytes)
            if case .no = policy.verdict(failed, random: 0) { return false }
            return true
        }
    }

    private func request(_ kind: AgentKind) -> RetryRequest {
        RetryRequest(
            isIdempotent: head.method.isIdempotent, hasKey: head.first(.idempotencyKey) != nil, kind: kind,
            isUpgrade: isUpgrade)
    }

    private var why: String {
        let method = head.methodBytes.text
        let isLong = bodyBytes > policy.replayBytes
        if isUpgrade { return "an upgrade is never repeated" }
        if isLong { return "a body of more than loadBalancing.retry.replayBytes is not kept" }
        if head.method.isIdempotent { return "\(method) may be repeated" }
        if head.first(.idempotencyKey) != nil { return "its client vouches for a repetition by Idempotency-Key" }
        if kinds == [.llm] { return "agents of kind llm may be asked twice" }
        return "\(method) is not idempotent, and an agent of kind openclaw acts on it"
    }

    var node: Node {
        let isRepeatable = repeats(.reset)
        let again = isRepeatable ? "another agent is asked (\(why))" : "not repeated (\(why))"
        return .object([
            ("mostAttempts", .int(policy.attempts + 1)), ("onConnectFailure", .flag(repeats(.connect))),
            ("onBrokenConnection", .flag(isRepeatable)), ("onStaleConnection", .flag(repeats(.stale))),
            ("onTimeout", .flag(policy.perTry != .max && repeats(.timeout))),
            ("onStatus", .flag(repeats(.status(503)))), ("afterFirstByte", .flag(false)),
            ("kinds", .strings(kindNames)),
            (
                "words",
                .strings(
                    [
                        "no connection to the agent: once, another agent is asked at no cost, for nothing was sent",
                        "a kept connection turns out closed: once, "
                            + (repeats(.stale)
                                ? "the same agent is asked over a new one"
                                : "not repeated (\(why)), so the kernel is asked before it is used"),
                        "the connection breaks before the answer: \(again)",
                        "the agent answers 502, 503 or 504: "
                            + (repeats(.status(503)) ? "another agent is asked, if there is one" : "passed on"),
                        policy.perTry == .max
                            ? "no answer in time: not repeated"
                            : "no byte of an answer within \(Duration.nanoseconds(policy.perTry).spelling): "
                                + (repeats(.timeout) ? "another agent is asked" : "waited for"),
                        "once a byte of the answer has gone to the client: never repeated",
                    ] + (hedge.isEnabled ? [hedging] : []))
            ),
        ])
    }

    private var hedging: String {
        repeats(.reset)
            ? "unusually slow: a second agent is asked too, and the first of the two answers is used"
            : "unusually slow: no second agent is asked (\(why))"
    }
}
