internal import Wire

/// One JSON document of an agent: a whole answer, or an event of a stream.
struct AnswerDocument {
    let tape: JSONTape

    /// Nil where it may be kept.
    static func judge(_ body: UnsafeRawBufferPointer) -> NotKept? {
        guard let tape = try? JSONTape(body), tape.values[0].kind == .object else { return .invalid }
        return AnswerDocument(tape: tape).whole(0)
    }

    /// Judges the object at `at` as a whole answer; one that is written in no known API is kept unless it says that
    /// something went wrong.
    func whole(_ at: Int) -> NotKept? {
        if isFailure(at) { return .failed }
        if let choices = tape.member(at, "choices") { return judge(choices: choices) }
        if let reason = state(at) { return reason }
        if let reason = tape.member(at, "stop_reason") ?? tape.member(at, "done_reason") {
            if let word = tape.string(reason), let reason = AgentFinish.reason(word) { return reason }
        }
        let lists = [tape.member(at, "content"), tape.member(at, "output")].compactMap { $0 }
        return lists.contains(where: hasTool) ? .tools : nil
    }

    func isFailure(_ at: Int) -> Bool {
        if let error = tape.member(at, "error"), tape.isSomething(error) { return true }
        return says(at, "type", "error") || isFalse(at, "ok") || isFalse(at, "success")
    }

    /// Where an object says how far it got: OpenAI's responses, Anthropic's messages, and those that say `done`.
    private func state(_ at: Int) -> NotKept? {
        if isFalse(at, "done") { return .incomplete }
        let isMessage = says(at, "type", "message")
        if isMessage, tape.member(at, "stop_reason").flatMap(tape.string) == nil { return .incomplete }
        let status = tape.member(at, "status").flatMap(tape.string)
        if says(at, "object", "response") {
            guard let status else { return .incomplete }
            if status.isExactly("incomplete"), let details = tape.member(at, "incomplete_details"),
                let word = tape.member(details, "reason").flatMap(tape.string)
            {
                return AgentFinish.reason(word) ?? .incomplete
            }
        }
        guard let status else { return nil }
        if status.isExactly("failed") || status.isExactly("error") { return .failed }
        return Self.unfinished.contains { status.isExactly($0) } ? .incomplete : nil
    }

    private static let unfinished: [StaticString] = [
        "incomplete", "in_progress", "queued", "cancelled", "pending", "running", "accepted",
    ]

    private func judge(choices: Int) -> NotKept? {
        guard tape.isSomething(choices) else { return .incomplete }
        for choice in tape.elements(choices) {
            if let message = tape.member(choice, "message"), let reason = judge(message: message) { return reason }
            guard let word = tape.member(choice, "finish_reason").flatMap(tape.string) else { return .incomplete }
            if let reason = AgentFinish.reason(word) { return reason }
        }
        return nil
    }

    /// A message, or what an event adds to one.
    func judge(message at: Int) -> NotKept? {
        for name in ["tool_calls", "function_call"] as [StaticString] {
            if let call = tape.member(at, name), tape.isSomething(call) { return .tools }
        }
        if let refusal = tape.member(at, "refusal"), tape.isSomething(refusal) { return .filtered }
        return nil
    }

    /// A part of the list at `at` is the use of a tool.
    private func hasTool(_ at: Int) -> Bool {
        guard tape.values[at].kind == .array else { return false }
        return tape.elements(at).contains(where: isTool)
    }

    func isTool(_ at: Int) -> Bool {
        tape.member(at, "type").flatMap(tape.string).map(AgentToolUse.isTool) ?? false
    }

    private func isFalse(_ at: Int, _ name: StaticString) -> Bool {
        tape.member(at, name).map { tape.values[$0].kind == .false } ?? false
    }

    func says(_ at: Int, _ name: StaticString, _ text: StaticString) -> Bool {
        tape.member(at, name).flatMap(tape.string)?.isExactly(text) ?? false
    }
}
