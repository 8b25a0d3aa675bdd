import CYAML

/// Reads YAML through libyaml's events into nodes with positions; scalars are read as YAML 1.2's core schema has them.
package enum YAMLReader {
    /// The one document that a text holds; nothing written reads as null.
    package static func read(_ bytes: [UInt8], source: String) throws(SyntaxError) -> Node {
        var composer = YAMLComposer(source: source, isSingle: true)
        try compose(bytes, source) { event throws(SyntaxError) in try composer.take(event) }
        return document(of: composer, source)
    }

    /// The one document, and where its nodes stand.
    static func readSpans(_ bytes: [UInt8], source: String) throws(SyntaxError) -> (Node, Spans) {
        var composer = YAMLComposer(source: source, isSingle: true)
        var spans = YAMLSpans(bytes)
        try compose(bytes, source) { event throws(SyntaxError) in
            try composer.take(event)
            spans.take(event)
        }
        return (document(of: composer, source), spans.finished)
    }

    private static func document(of composer: YAMLComposer, _ source: String) -> Node {
        composer.documents.first ?? Node(.null, at: Position(source: source, line: 1, column: 1))
    }

    /// All documents of a text.
    package static func readAll(_ bytes: [UInt8], source: String) throws(SyntaxError) -> [Node] {
        var composer = YAMLComposer(source: source, isSingle: false)
        try compose(bytes, source) { event throws(SyntaxError) in try composer.take(event) }
        return composer.documents
    }

    private static func compose(
        _ bytes: [UInt8], _ source: String, _ take: (YAMLEvent) throws(SyntaxError) -> Void
    ) throws(SyntaxError) {
        if let fault = UTF8Text.firstFault(bytes) {
            var marks = Marks(bytes, source: source)
            throw SyntaxError(marks.position(at: fault), "expected UTF-8, found a byte that it does not have here")
        }
        let failure = bytes.withUnsafeBufferPointer { buffer -> SyntaxError? in
            var events = YAMLEvents(buffer, source: source)
            defer { events.end() }
            do throws(SyntaxError) {
                while let event = try events.next(bytes) { try take(event) }
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }
}

/// libyaml's parser as a sequence of events; `end` gives its memory back.
private struct YAMLEvents {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let source: String
    private let isReady: Bool
    private var isOver = false

    /// The buffer must outlive the events.
    init(_ bytes: UnsafeBufferPointer<UInt8>, source: String) {
        self.source = source
        parser = .allocate(capacity: 1)
        parser.initialize(to: yaml_parser_t())
        isReady = yaml_parser_initialize(parser) == 1
        guard isReady else { return }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        // Given an encoding, libyaml takes a byte order mark for a character of the first line's indentation.
        let mark = UTF8Text.markLength(bytes)
        yaml_parser_set_input_string(parser, bytes.baseAddress.map { $0 + mark }, bytes.count - mark)
    }

    func end() {
        if isReady { yaml_parser_delete(parser) }
        parser.deallocate()
    }

    mutating func next(_ bytes: [UInt8]) throws(SyntaxError) -> YAMLEvent? {
        guard !isOver, !bytes.isEmpty else { return nil }
        guard isReady else { throw SyntaxError(Position(source: source), "out of memory") }
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw failure(bytes) }
        defer { yaml_event_delete(&event) }
        isOver = event.type == YAML_STREAM_END_EVENT
        return YAMLEvent(event, source: source)
    }

    private func failure(_ bytes: [UInt8]) -> SyntaxError {
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "not YAML"
        if parser.pointee.error == YAML_READER_ERROR {
            var marks = Marks(bytes, source: source)
            return SyntaxError(marks.position(at: UTF8Text.markLength(bytes) + parser.pointee.problem_offset), problem)
        }
        let mark = parser.pointee.problem_mark
        let place = Position(source: source, line: mark.line + 1, column: mark.column + 1)
        guard let context = parser.pointee.context.map({ String(cString: $0) }) else {
            return SyntaxError(place, problem)
        }
        return SyntaxError(place, "\(context): \(problem)")
    }
}
