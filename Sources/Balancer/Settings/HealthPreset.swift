import Settings

/// Health checks that fit a known kind of agent.
package enum HealthPreset: String, Variant {
    /// `/startupz` answers 503 while starting or draining, where `/health` says alive.
    case openclaw

    package static var noun: String { "preset" }

    package var path: String {
        switch self {
        case .openclaw: "/startupz"
        }
    }
}
