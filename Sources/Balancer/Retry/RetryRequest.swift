/// What of a request decides whether it may be sent a second time.
package struct RetryRequest: Sendable, Hashable {
    /// The method is idempotent (RFC 9110 9.2.2).
    package var isIdempotent: Bool
    /// `Idempotency-Key`: the client says that the agent knows a repetition.
    package var hasKey: Bool
    /// What the agent is that the request was, or will be, sent to.
    package var kind: AgentKind
    /// It asks for another protocol; the handshake of a tunnel is never sent twice.
    package var isUpgrade: Bool

    package init(isIdempotent: Bool, hasKey: Bool = false, kind: AgentKind = .openclaw, isUpgrade: Bool = false) {
        self.isIdempotent = isIdempotent
        self.hasKey = hasKey
        self.kind = kind
        self.isUpgrade = isUpgrade
    }

    /// Whether it may be sent again though an agent has had some of it. A call of an OpenClaw gateway is an agent's run
    /// with side effects, so a POST is not, unless its client vouches for it; a model back end only costs more.
    @inline(__always)
    package var isRepeatable: Bool { !isUpgrade && (isIdempotent || hasKey || kind == .llm) }
}
