/// Reads the pieces of JSON and JSON5 texts: space, names and scalars. The bytes are valid UTF-8.
struct JSONScanner {
    let bytes: [UInt8]
    let isJSON5: Bool
    private(set) var offset: Int
    private var marks: Marks

    init(_ bytes: [UInt8], source: String, isJSON5: Bool) {
        self.bytes = bytes
        self.isJSON5 = isJSON5
        offset = UTF8Text.markLength(bytes)
        marks = Marks(bytes, source: source)
    }

    var isAtEnd: Bool { offset >= bytes.count }

    /// The byte here; nil at the end.
    var current: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    func peek(_ distance: Int) -> UInt8? {
        offset + distance < bytes.count ? bytes[offset + distance] : nil
    }

    mutating func advance(_ count: Int = 1) { offset += count }

    mutating func take(_ byte: UInt8) -> Bool {
        guard current == byte else { return false }
        offset += 1
        return true
    }

    /// The character here and its length in bytes.
    var character: (scalar: Unicode.Scalar, length: Int)? {
        guard let first = current else { return nil }
        let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        guard offset + length <= bytes.count else { return nil }
        let text = String(decoding: bytes[offset..<offset + length], as: UTF8.self)
        return text.unicodeScalars.first.map { ($0, length) }
    }

    mutating func position(at offset: Int) -> Position { marks.position(at: offset) }

    mutating func failure(at offset: Int, _ message: String) -> SyntaxError {
        SyntaxError(position(at: offset), message)
    }

    mutating func unexpected(_ expected: String) -> SyntaxError {
        let found = character.map { Quoted.quote(String($0.scalar)) } ?? "the end of the text"
        return failure(at: offset, "expected \(expected), found \(found)")
    }

    // MARK: Space

    /// RFC 8259 section 2, or JSON5's white space and comments.
    mutating func skipSpace() throws(SyntaxError) {
        while let byte = current {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"):
                offset += 1
            case UInt8(ascii: "/") where isJSON5:
                try skipComment()
            case 0x0B where isJSON5, 0x0C where isJSON5:
                offset += 1
            case 0x80... where isJSON5:
                guard let (scalar, length) = character, JSONScanner.isSpace(scalar) else { return }
                offset += length
            default:
                return
            }
        }
    }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value == 0xFEFF || isLineSeparator(scalar) || scalar.properties.generalCategory == .spaceSeparator
    }

    static func isLineSeparator(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value == 0x2028 || scalar.value == 0x2029
    }

    private mutating func skipComment() throws(SyntaxError) {
        let start = offset
        switch peek(1) {
        case UInt8(ascii: "/"):
            while let byte = current, byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "\r") {
                if byte == 0xE2, let (scalar, _) = character, JSONScanner.isLineSeparator(scalar) { break }
                offset += 1
            }
        case UInt8(ascii: "*"):
            offset += 2
            while !(current == UInt8(ascii: "*") && peek(1) == UInt8(ascii: "/")) {
                guard !isAtEnd else { throw failure(at: start, "expected '*/' at the end of the comment, found none") }
                offset += 1
            }
            offset += 2
        default:
            throw unexpected("a value, or a comment with '//' or '/*'")
        }
    }

    // MARK: Scalars

    mutating func scalar() throws(SyntaxError) -> Node.Value {
        switch current {
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "'") where isJSON5: return .string(try string())
        case UInt8(ascii: "t") where take(word: "true"): return .bool(true)
        case UInt8(ascii: "f") where take(word: "false"): return .bool(false)
        case UInt8(ascii: "n") where take(word: "null"): return .null
        case UInt8(ascii: "-"), .some(UInt8(ascii: "0")...UInt8(ascii: "9")): return .number(try number())
        case UInt8(ascii: "+") where isJSON5, UInt8(ascii: ".") where isJSON5, UInt8(ascii: "I") where isJSON5,
            UInt8(ascii: "N") where isJSON5:
            return .number(try number())
        default: throw unexpected("a value")
        }
    }

    /// A word that is not the beginning of a longer one.
    mutating func take(word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        guard offset + length <= bytes.count else { return false }
        let isHere = word.withUTF8Buffer { bytes[offset..<offset + length].elementsEqual($0) }
        guard isHere else { return false }
        let start = offset
        offset += length
        if let (scalar, _) = character, JSONScanner.continuesName(scalar) {
            offset = start
            return false
        }
        return true
    }
}
