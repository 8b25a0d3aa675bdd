import Settings

/// What an agent is to a client, which decides what may be repeated and what may be kept.
package enum AgentKind: String, Variant {
    /// An OpenClaw gateway: a request has side effects, so nothing is repeated once a byte of it was sent.
    case openclaw
    /// A model back end: a request can be repeated until the first byte of its answer.
    case llm

    package static var noun: String { "kind" }
}
