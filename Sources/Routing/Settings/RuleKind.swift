import Settings

/// What the agents of a rule are to it: decides what may be repeated and what may be kept. The same words as of agents.
package enum RuleKind: String, Variant {
    /// OpenClaw gateways: requests have side effects.
    case openclaw
    /// Model back ends: a request can be repeated until the first byte of its answer.
    case llm

    package static var noun: String { "kind" }
}
