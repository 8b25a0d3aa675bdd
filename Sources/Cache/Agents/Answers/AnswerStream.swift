internal import Wire

/// Judges an event stream that is over: it must have ended as its API ends streams, not merely stopped.
struct AnswerStream {
    /// The event that ends the answer was seen.
    private var isOver = false
    /// It is told in pieces that say at last why they stop: OpenAI's `choices`, Anthropic's messages.
    private var isTold = false
    /// And they said it.
    private var isFinished = false

    /// Nil where it may be kept.
    static func judge(_ body: UnsafeRawBufferPointer) -> NotKept? {
        var stream = AnswerStream()
        var events = StoredEvents(body)
        while let event = events.next() {
            if let reason = event.data.withUnsafeBytes({ stream.take(event.name, $0) }) { return reason }
        }
        guard events.isWhole, stream.isOver else { return .incomplete }
        return stream.isTold && !stream.isFinished ? .incomplete : nil
    }

    private mutating func take(_ name: UnsafeRawBufferPointer, _ data: UnsafeRawBufferPointer) -> NotKept? {
        if name.isExactly("error") { return .failed }
        if data.trimmed.isExactly("[DONE]") {
            isOver = true
            return nil
        }
        // after its end nothing but `[DONE]` comes
        guard !isOver else { return .invalid }
        guard let tape = try? JSONTape(data), tape.values[0].kind == .object else { return nil }
        let document = AnswerDocument(tape: tape)
        if document.isFailure(0) { return .failed }
        if let choices = tape.member(0, "choices") { return take(document, choices: choices) }
        guard let type = tape.member(0, "type").flatMap(tape.string) else { return nil }
        return take(document, type: type)
    }

    /// A chunk of OpenAI's chat completions.
    private mutating func take(_ document: AnswerDocument, choices: Int) -> NotKept? {
        isTold = true
        let tape = document.tape
        for choice in tape.elements(choices) {
            if let delta = tape.member(choice, "delta"), let reason = document.judge(message: delta) { return reason }
            guard let word = tape.member(choice, "finish_reason").flatMap(tape.string) else { continue }
            if let reason = AgentFinish.reason(word) { return reason }
            isFinished = true
        }
        return nil
    }

    /// An event of Anthropic's messages or OpenAI's responses.
    private mutating func take(_ document: AnswerDocument, type: UnsafeRawBufferPointer) -> NotKept? {
        let tape = document.tape
        if type.isExactly("message_start") {
            isTold = true
        } else if type.isExactly("content_block_start") {
            return tape.member(0, "content_block").map(document.isTool) == true ? .tools : nil
        } else if type.isExactly("message_delta") {
            guard let delta = tape.member(0, "delta"),
                let word = tape.member(delta, "stop_reason").flatMap(tape.string)
            else { return nil }
            isFinished = true
            return AgentFinish.reason(word)
        } else if type.isExactly("message_stop") {
            isOver = true
        } else if type.isExactly("response.completed") {
            isOver = true
            return tape.member(0, "response").map(document.whole) ?? .invalid
        } else if type.isExactly("response.failed") {
            return .failed
        } else if type.isExactly("response.incomplete") {
            return tape.member(0, "response").flatMap(document.whole) ?? .incomplete
        }
        return nil
    }
}
