/// The names of members that mean something to `PromptScanner`, wherever they are looked for.
enum PromptName: UInt8, Sendable {
    case other, model, agent, stream, turns, text, system, tools, role, type, content, most
    /// What counts as no text: addresses, identifiers, signatures, data of pictures and files.
    case opaque

    private static let table: [(name: [UInt8], meaning: PromptName)] = [
        ("model", PromptName.model), ("agent", .agent), ("agentId", .agent), ("agent_id", .agent), ("stream", .stream),
        ("messages", .turns), ("input", .turns), ("message", .text), ("prompt", .text),
        ("system", .system), ("instructions", .system), ("tools", .tools), ("functions", .tools),
        ("max_tokens", .most), ("max_completion_tokens", .most), ("max_output_tokens", .most),
        ("role", .role), ("type", .type), ("content", .content), ("text", .content), ("parts", .content),
        ("url", .opaque), ("image_url", .opaque), ("data", .opaque), ("file_data", .opaque), ("id", .opaque),
        ("file_id", .opaque), ("call_id", .opaque), ("tool_call_id", .opaque), ("tool_use_id", .opaque),
        ("signature", .opaque), ("encrypted_content", .opaque), ("media_type", .opaque), ("cache_control", .opaque),
    ].map { (Array($0.0.utf8), $0.1) }

    /// By length, so that a name is compared with few.
    private static let byLength: [[(name: [UInt8], meaning: PromptName)]] = (0...21).map { length in
        table.filter { $0.name.count == length }
    }

    static func of(_ name: [UInt8]) -> PromptName {
        guard name.count < byLength.count else { return .other }
        for entry in byLength[name.count] where entry.name == name { return entry.meaning }
        return .other
    }
}
