/// Whether an agent's answer may be kept.
package enum AgentVerdict: Sendable, Equatable {
    case storable
    case not(NotKept)
}
