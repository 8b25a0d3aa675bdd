internal import Wire

/// Tells the traces that the use of a tool leaves in messages, whoever's API they are written for.
enum AgentToolUse {
    private static let names: [StaticString] = [
        "tool_calls", "tool_call_id", "tool_use_id", "function_call", "call_id", "tools",
    ]

    /// The member whose name stands at `name` speaks of a tool: OpenAI's `tool_calls` and the role `tool`, Anthropic's
    /// `tool_use` and `tool_result`, the `..._call` and `..._call_output` of OpenAI's responses.
    static func isTold(_ tape: JSONTape, name: Int) -> Bool {
        let text = tape.bytes(name)
        if text.isCaseless("role") {
            guard let role = tape.string(name + 1) else { return false }
            return role.isCaseless("tool") || role.isCaseless("function")
        }
        if text.isCaseless("type") { return tape.string(name + 1).map(isTool) ?? false }
        return names.contains { text.isCaseless($0) } && tape.isSomething(name + 1)
    }

    /// A type of content or item: `tool_use`, `server_tool_use`, `mcp_tool_result`, `function_call_output`...
    static func isTool(_ type: UnsafeRawBufferPointer) -> Bool {
        contains(type, "tool_") || contains(type, "_call") || type.isCaseless("mcp_list_tools")
    }

    private static func contains(_ text: UnsafeRawBufferPointer, _ part: StaticString) -> Bool {
        let length = part.utf8CodeUnitCount
        guard text.count >= length else { return false }
        return (0...(text.count - length)).contains { start in
            UnsafeRawBufferPointer(rebasing: text[start..<(start + length)]).isCaseless(part)
        }
    }
}
