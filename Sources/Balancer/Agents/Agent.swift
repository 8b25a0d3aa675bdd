import Settings

/// An endpoint that serves: its facts in one generation of the configuration, and its state over all of them.
package final class Agent: Sendable {
    package let id: String
    package let endpoint: Endpoint
    package let weight: Int
    /// Requests in flight at most, in the whole process; 0 is no cap.
    package let cap: Int
    /// What it is when it is reached by itself or by a tag; a pool may say otherwise (`Pool.kind(of:)`).
    package let kind: AgentKind
    /// How it is asked whether it can serve.
    package let healthCheck: HealthCheckSettings
    /// As it was written, with what later parts need: tags, models, zone, priority, metadata.
    package let settings: AgentSettings
    package let state: AgentState

    package init(_ settings: AgentSettings, kind: AgentKind, healthCheck: HealthCheckSettings, state: AgentState) {
        id = settings.id
        endpoint = settings.endpoint
        weight = max(settings.weight, 0)
        cap = max(settings.maxConcurrent, 0)
        self.kind = kind
        self.healthCheck = healthCheck
        self.settings = settings
        self.state = state
    }

    package var tags: [String] { settings.tags }

    /// Takes a place if its cap leaves one; `state.release()` gives it back.
    package func tryAcquire() -> Bool { state.tryAcquire(cap: cap) }

    /// Whether new requests may go to it, ejections aside. An old verdict counts only while somebody asks.
    package var isEligible: Bool {
        weight > 0 && !state.isDrained && !(healthCheck.enabled && state.health == .down)
    }

    /// Whether new requests go to it; in a pool, `Ejection.cap` may bring more in.
    package func isAvailable(_ now: Int64) -> Bool { isEligible && !state.isEjected(now) }

    /// Whether these facts are its facts, so that it can stay as it is.
    func has(_ settings: AgentSettings, kind: AgentKind, healthCheck: HealthCheckSettings) -> Bool {
        self.kind == kind && self.healthCheck == healthCheck && self.settings == settings
    }
}
