/// Turns what has to change in a document into edits of its text, in the style of what stands around.
struct TextEditor {
    let bytes: [UInt8]
    let spans: Spans
    let format: TextFormat
    let style: TextStyle
    let layout: YAMLBlockText.Layout
    var edits = TextEdits()

    init(_ bytes: [UInt8], _ spans: Spans, _ format: TextFormat) {
        (self.bytes, self.spans, self.format) = (bytes, spans, format)
        style = TextStyle(bytes, spans)
        layout = format == .yaml ? YAMLBlockText.Layout(bytes, spans, style) : YAMLBlockText.Layout()
    }

    /// The text with the changes made.
    mutating func apply(_ changes: TextChanges) throws(EditFailure) -> [UInt8] {
        for change in changes.list {
            switch change {
            case .value(let change):
                if format == .yaml, !isInFlow(change.parent) {
                    try replaceBlockValue(change)
                } else {
                    replaceFlowValue(change)
                }
            case .items(let change):
                if spans[change.container].form == .block {
                    try editBlock(change)
                } else {
                    try editFlow(change)
                }
            }
        }
        return edits.applied(to: bytes)
    }

    func isInFlow(_ parent: Int?) -> Bool { parent.map { spans[$0].form == .flow } ?? false }

    /// Where a value begins behind its anchor and its tag.
    func content(of span: Spans.Span) -> Int {
        var at = Int(span.start)
        guard span.hasProperties else { return at }
        while at < Int(span.end), bytes[at] == UInt8(ascii: "&") || bytes[at] == UInt8(ascii: "!") {
            while at < Int(span.end), !isSpace(bytes[at]) { at += 1 }
            while at < Int(span.end), isSpace(bytes[at]) { at += 1 }
        }
        return at
    }

    func isSpace(_ byte: UInt8) -> Bool { isBlank(byte) || isBreak(byte) }

    func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    func isBreak(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }

    /// After spaces and tabs.
    func afterBlanks(_ start: Int) -> Int {
        var at = start
        while at < bytes.count, isBlank(bytes[at]) { at += 1 }
        return at
    }

    /// The white space that the line of an offset begins with.
    func indentation(at offset: Int) -> String {
        let start = style.lineStart(of: offset)
        return String(decoding: bytes[start..<min(afterBlanks(start), max(offset, start))], as: UTF8.self)
    }
}
