internal import Wire

/// Why a model stopped, from the words of the APIs.
enum AgentFinish {
    private static let done: [StaticString] = ["stop", "end_turn", "stop_sequence", "eos", "eos_token", "completed"]
    private static let cut: [StaticString] = [
        "length", "max_tokens", "max_output_tokens", "model_context_window_exceeded", "limit",
    ]
    private static let filtered: [StaticString] = ["content_filter", "refusal", "safety"]
    private static let tools: [StaticString] = ["tool_calls", "function_call", "tool_use", "pause_turn"]

    /// Nil: it had said everything. A word that is not known is no such end.
    static func reason(_ word: UnsafeRawBufferPointer) -> NotKept? {
        if done.contains(where: { word.isExactly($0) }) { return nil }
        if cut.contains(where: { word.isExactly($0) }) { return .cut }
        if filtered.contains(where: { word.isExactly($0) }) { return .filtered }
        return tools.contains { word.isExactly($0) } ? .tools : .incomplete
    }
}
