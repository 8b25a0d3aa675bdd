internal import Wire

/// What an answer says, without when and by whom it was said.
enum AnswerText {
    /// Of every answer different, though they say the same.
    private static let volatile: [StaticString] = [
        "id", "created", "created_at", "completed_at", "usage", "system_fingerprint", "timings", "request_id",
    ]

    static func of(_ body: UnsafeRawBufferPointer, _ form: AnswerForm) -> [UInt8] {
        switch form {
        case .json: return of(document: body, isEvent: false)
        case .events:
            var text: [UInt8] = []
            var events = StoredEvents(body)
            while let event = events.next() {
                text += event.data.withUnsafeBytes { of(document: $0, isEvent: true) }
            }
            return text
        }
    }

    /// The text in a document of a known API, else its canonical form without what is volatile, else its bytes.
    private static func of(document: UnsafeRawBufferPointer, isEvent: Bool) -> [UInt8] {
        guard let tape = try? JSONTape(document), tape.values[0].kind == .object else { return Array(document) }
        if let choices = tape.member(0, "choices") {
            return tape.elements(choices).flatMap { choice -> [UInt8] in
                let said = tape.member(choice, "message") ?? tape.member(choice, "delta") ?? choice
                return text(tape, said, "content") ?? text(tape, choice, "text") ?? []
            }
        }
        if isEvent, let type = tape.member(0, "type").flatMap(tape.string) {
            if type.isExactly("response.output_text.delta") { return text(tape, 0, "delta") ?? [] }
            let delta = tape.member(0, "delta")
            return type.isExactly("content_block_delta") ? delta.flatMap { text(tape, $0, "text") } ?? [] : []
        }
        if let content = tape.member(0, "content") { return texts(tape, content) }
        if let output = tape.member(0, "output") {
            return tape.elements(output).flatMap { tape.member($0, "content").map { texts(tape, $0) } ?? [] }
        }
        return canonical(tape) ?? Array(document)
    }

    private static func text(_ tape: JSONTape, _ at: Int, _ name: StaticString) -> [UInt8]? {
        tape.member(at, name).flatMap(tape.string).map { Array($0) }
    }

    /// Of a list of parts, the text of each.
    private static func texts(_ tape: JSONTape, _ list: Int) -> [UInt8] {
        if let whole = tape.string(list) { return Array(whole) }
        return tape.elements(list).flatMap { text(tape, $0, "text") ?? [] }
    }

    private static func canonical(_ tape: JSONTape) -> [UInt8]? {
        var json = CanonicalJSON(tape)
        do throws(JSONTape.Fault) {
            try json.write(0) { at in volatile.contains { tape.bytes(at).isExactly($0) } }
        } catch {
            return nil
        }
        return json.bytes
    }
}
