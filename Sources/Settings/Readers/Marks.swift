/// Turns byte offsets of valid UTF-8 into lines and columns. Offsets are asked for in rising order, mostly; a step back
/// starts over.
struct Marks {
    private let bytes: [UInt8]
    private let source: Source
    private var offset = 0
    private var line = 1
    private var column = 1

    init(_ bytes: [UInt8], source: String) {
        self.bytes = bytes
        self.source = Source(source)
        reset()
    }

    /// A byte order mark takes no column.
    private mutating func reset() {
        (offset, line, column) = (UTF8Text.markLength(bytes), 1, 1)
    }

    mutating func position(at target: Int) -> Position {
        if target < offset { reset() }
        while offset < target, offset < bytes.count { step() }
        return Position(source, line: line, column: column)
    }

    private mutating func step() {
        let byte = bytes[offset]
        offset += 1
        switch byte {
        case UInt8(ascii: "\n"):
            (line, column) = (line + 1, 1)
        case UInt8(ascii: "\r"):
            // CR LF is one line break; its LF turns the line.
            if offset < bytes.count, bytes[offset] == UInt8(ascii: "\n") { return }
            (line, column) = (line + 1, 1)
        default:
            // Continuation bytes are no characters of their own.
            if byte & 0xC0 != 0x80 { column += 1 }
        }
    }
}
