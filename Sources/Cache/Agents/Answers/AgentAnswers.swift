internal import Wire

/// Judges whole answers of agents: only what is complete, went well and does nothing is kept. What the head says
/// (`Cache-Control`, `Set-Cookie`) is judged elsewhere.
package enum AgentAnswers {
    /// - Parameters:
    ///   - contentType: the field's value.
    ///   - body: all of it, without a content coding.
    package static func judge(
        status: Int, contentType: UnsafeRawBufferPointer?, body: UnsafeRawBufferPointer, isStreamRequest: Bool
    ) -> AgentVerdict {
        guard status == 200 else { return .not(.status) }
        guard let form = contentType.flatMap(AnswerForm.init) else { return .not(.contentType) }
        guard (form == .events) == isStreamRequest else { return .not(.form) }
        let reason: NotKept? =
            switch form {
            case .json: AnswerDocument.judge(body)
            case .events: AnswerStream.judge(body)
            }
        return reason.map { .not($0) } ?? .storable
    }

    /// The two say the same: for the shadow mode, where what would have been answered is compared with the real answer.
    /// Ids, times and counts of tokens do not matter, nor how a text was cut into events.
    package static func saySame(
        _ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer, contentType: UnsafeRawBufferPointer?
    ) -> Bool {
        guard let form = contentType.flatMap(AnswerForm.init) else { return one.elementsEqual(other) }
        return AnswerText.of(one, form) == AnswerText.of(other, form)
    }
}

/// What an agent answers in.
enum AnswerForm: Sendable {
    case json, events

    init?(_ contentType: UnsafeRawBufferPointer) {
        if AgentFields.isJSON(contentType) {
            self = .json
        } else {
            let semicolon = contentType.firstIndex(of: 0x3b) ?? contentType.count
            let essence = UnsafeRawBufferPointer(rebasing: contentType[0..<semicolon]).trimmed
            guard essence.isCaseless("text/event-stream") else { return nil }
            self = .events
        }
    }
}
