import Settings

/// An endpoint that serves: its facts in one generation of the configuration, and its state over all of them.
package final class Agent: Sendable {
    package let id: String
    package let endpoint: Endpoint
    package let weight: Int
    /// Its level; 0 serves first.
    package let priority: Int
    /// Requests in flight at most, in the whole process; 0 is no cap.
    package let cap: Int
    /// What it is when it is reached by itself or by a tag; a pool may say otherwise (`Pool.kind(of:)`).
    package let kind: AgentKind
    /// What is spoken with it.
    package let `protocol`: AgentProtocol
    /// How it is asked whether it can serve.
    package let healthCheck: HealthCheckSettings
    /// As it was written, with what later parts need: tags, models, zone, priority, metadata.
    package let settings: AgentSettings
    package let state: AgentState

    package init(
        _ settings: AgentSettings, kind: AgentKind, protocol: AgentProtocol = .http1, healthCheck: HealthCheckSettings,
        state: AgentState
    ) {
        id = settings.id
        endpoint = settings.endpoint
        weight = max(settings.weight, 0)
        priority = settings.priority
        cap = max(settings.maxConcurrent, 0)
        self.kind = kind
        self.protocol = `protocol`
        self.healthCheck = healthCheck
        self.settings = settings
        self.state = state
    }

    package var tags: [String] { settings.tags }

    /// Its share beside others: what an operator set by hand, else what is configured.
    package var effectiveWeight: Int { state.handWeight ?? weight }

    /// Whether new requests may go to it, its breaker aside. An old verdict counts only while somebody asks.
    package var isEligible: Bool { effectiveWeight > 0 && !state.isDrained && !isDown }

    /// Whether its health checks say that it does not serve.
    package var isDown: Bool { healthCheck.enabled && state.health == .down }

    /// Its own admission check says that it wants nothing new: even a panic leaves it alone.
    var refusesAdmission: Bool { isDown && healthCheck.preset == .openclaw && state.checks.isRefusal }

    /// Whether new requests go to it; in a pool, the bounds of the breaker may bring more in.
    package func isAvailable(_ now: Int64) -> Bool {
        isEligible && !state.isSetAside && state.asideUntil <= now && state.leavingUntil <= now
    }

    /// Whether these facts are its facts, so that it can stay as it is.
    func has(
        _ settings: AgentSettings, kind: AgentKind, protocol: AgentProtocol, healthCheck: HealthCheckSettings
    ) -> Bool {
        self.kind == kind && self.protocol == `protocol` && self.healthCheck == healthCheck && self.settings == settings
    }
}
