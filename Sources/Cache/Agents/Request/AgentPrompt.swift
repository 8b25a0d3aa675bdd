internal import Wire

/// Finds what the user says in a request: what templates take apart, and what similar questions are similar in.
struct AgentPrompt {
    private let tape: JSONTape

    init(_ tape: JSONTape) { self.tape = tape }

    /// The place of the string that is the newest thing said, with `question` the member that has it; nil where that is
    /// no single piece of text, or is not the user's.
    func find(_ question: Int, _ shape: AgentShape) -> Int? {
        if tape.values[question].kind == .string { return question }
        guard shape == .messages || shape == .input else { return nil }
        var last: Int?
        for element in tape.elements(question) { last = element }
        guard let last, let role = tape.member(last, "role").flatMap(tape.string), role.isExactly("user"),
            let content = tape.member(last, "content")
        else { return nil }
        if tape.values[content].kind == .string { return content }
        return tape.values[content].kind == .array ? part(content) : nil
    }

    /// The text of a list of content that is one piece of text and nothing else.
    private func part(_ content: Int) -> Int? {
        var parts = tape.elements(content)
        guard let part = parts.next(), parts.next() == nil,
            let type = tape.member(part, "type").flatMap(tape.string),
            type.isExactly("text") || type.isExactly("input_text"),
            let text = tape.member(part, "text"), tape.values[text].kind == .string
        else { return nil }
        return text
    }
}
