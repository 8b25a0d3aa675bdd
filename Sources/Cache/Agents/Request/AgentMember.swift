internal import Wire

/// A top-level member of a request that says something about whether it may be cached.
enum AgentMember: Sendable {
    case messages, input, prompt, message, model, agent, stream, user
    case temperature
    /// An object that may state a temperature of its own.
    case options
    case tools, toolChoice, session, metadata, choices, effects

    /// The names in lower case. Back ends in Go read names in any case, so `Tools` is `tools`.
    private static let names: [(name: StaticString, member: AgentMember)] = [
        ("messages", .messages), ("input", .input), ("prompt", .prompt), ("message", .message),
        ("model", .model), ("agent", .agent), ("agentid", .agent), ("agent_id", .agent),
        ("stream", .stream), ("user", .user), ("temperature", .temperature), ("metadata", .metadata),
        ("options", .options), ("parameters", .options), ("generation_config", .options),
        ("generationconfig", .options), ("extra_body", .options),
        ("tools", .tools), ("functions", .tools), ("mcp_servers", .tools), ("web_search_options", .tools),
        ("plugins", .tools), ("container", .tools), ("tool_choice", .toolChoice), ("function_call", .toolChoice),
        ("session_key", .session), ("sessionkey", .session), ("session_id", .session), ("sessionid", .session),
        ("session", .session), ("previous_response_id", .session), ("conversation", .session),
        ("conversation_id", .session), ("conversationid", .session), ("thread_id", .session),
        ("threadid", .session),
        ("n", .choices), ("best_of", .choices), ("store", .effects), ("background", .effects),
        ("deliver", .effects), ("wakemode", .effects),
    ]

    init?(_ name: UnsafeRawBufferPointer) {
        guard let found = Self.names.first(where: { name.isCaseless($0.name) }) else { return nil }
        self = found.member
    }
}
