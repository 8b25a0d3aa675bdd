/// How an agent is asked: the member of the body that has the question.
package enum AgentShape: UInt8, Sendable, CaseIterable {
    /// OpenAI's chat completions, Anthropic's messages: `messages`.
    case messages
    /// OpenAI's responses and embeddings: `input`.
    case input
    /// OpenAI's completions: `prompt`.
    case prompt
    /// OpenClaw's plain form, `{"message": ..., "agent": ...}`.
    case message
}
