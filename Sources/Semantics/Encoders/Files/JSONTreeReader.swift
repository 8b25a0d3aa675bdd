/// Reads the JSON of a model's files: RFC 8259, nesting bounded.
struct JSONTreeReader {
    private let bytes: [UInt8]
    private let place: String
    private var offset = 0

    /// Containers within containers: tokenizer.json has seven.
    private static let depth = 64

    init(_ bytes: [UInt8], place: String) {
        self.bytes = bytes
        self.place = place
    }

    mutating func document() throws(EncoderFault) -> JSONTree {
        let value = try value(depth: 0)
        skipSpace()
        guard offset == bytes.count else { throw unexpected("the end of the text") }
        return value
    }

    private var current: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private func unexpected(_ expected: String) -> EncoderFault {
        let found =
            current.map { (0x21...0x7E).contains($0) ? "'\(Unicode.Scalar($0))'" : "the byte \($0)" } ?? "its end"
        return EncoderFault(
            "\(place): byte \(offset)",
            "expected \(expected), found \(found); this is not whole JSON, copy the file again")
    }

    private mutating func skipSpace() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { offset += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard current == byte else { return false }
        offset += 1
        return true
    }

    private mutating func value(depth: Int) throws(EncoderFault) -> JSONTree {
        guard depth < Self.depth else { throw unexpected("at most \(Self.depth) levels of nesting") }
        skipSpace()
        switch current {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return .number(try number())
        }
    }

    private mutating func word(_ word: String, _ value: JSONTree) throws(EncoderFault) -> JSONTree {
        guard bytes[offset...].starts(with: word.utf8) else { throw unexpected("a value") }
        offset += word.utf8.count
        return value
    }

    private mutating func object(depth: Int) throws(EncoderFault) -> JSONTree {
        offset += 1
        var members: [JSONTree.Member] = []
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object(members) }
        while true {
            skipSpace()
            guard current == UInt8(ascii: "\"") else { throw unexpected("a name in quotes") }
            let name = try string()
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw unexpected("':'") }
            members.append(JSONTree.Member(name: name, value: try value(depth: depth + 1)))
            skipSpace()
            if take(UInt8(ascii: "}")) { return .object(members) }
            guard take(UInt8(ascii: ",")) else { throw unexpected("',' or '}'") }
        }
    }

    private mutating func array(depth: Int) throws(EncoderFault) -> JSONTree {
        offset += 1
        var elements: [JSONTree] = []
        skipSpace()
        if take(UInt8(ascii: "]")) { return .array(elements) }
        while true {
            elements.append(try value(depth: depth + 1))
            skipSpace()
            if take(UInt8(ascii: "]")) { return .array(elements) }
            guard take(UInt8(ascii: ",")) else { throw unexpected("',' or ']'") }
        }
    }

    private mutating func number() throws(EncoderFault) -> Double {
        let start = offset
        while let byte = current, JSONTreeReader.isOfNumber(byte) { offset += 1 }
        let text = String(decoding: bytes[start..<offset], as: UTF8.self)
        // The standard library reads more than JSON has ("+1", "1."); in a model's files that does no harm.
        guard offset - start <= 64, let value = Double(text), value.isFinite else {
            offset = start
            throw unexpected("a value")
        }
        return value
    }

    private static func isOfNumber(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."),
            UInt8(ascii: "e"), UInt8(ascii: "E"):
            true
        default: false
        }
    }
}

// MARK: Strings

extension JSONTreeReader {
    private mutating func string() throws(EncoderFault) -> String {
        offset += 1
        var start = offset
        var unescaped: [UInt8] = []
        while let byte = current {
            switch byte {
            case UInt8(ascii: "\""):
                let text =
                    unescaped.isEmpty
                    ? String(validating: bytes[start..<offset], as: UTF8.self)
                    : String(validating: unescaped + bytes[start..<offset], as: UTF8.self)
                guard let text else { throw unexpected("UTF-8 in the text that ends here") }
                offset += 1
                return text
            case UInt8(ascii: "\\"):
                unescaped += bytes[start..<offset]
                offset += 1
                try escape(into: &unescaped)
                start = offset
            case ..<0x20: throw unexpected("no control character in a text")
            default: offset += 1
            }
        }
        throw unexpected("'\"' at the end of a text")
    }

    private mutating func escape(into text: inout [UInt8]) throws(EncoderFault) {
        guard let letter = current else { throw unexpected("an escape") }
        offset += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text += Array(String(try scalar()).utf8)
        default:
            offset -= 1
            throw unexpected("one of the escapes of JSON")
        }
    }

    /// What `\u` stands for; U+FFFD for half a surrogate pair.
    private mutating func scalar() throws(EncoderFault) -> Character {
        let first = try unit()
        if Unicode.UTF16.isLeadSurrogate(first), bytes[offset...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")])
        {
            let back = offset
            offset += 2
            let second = try unit()
            if Unicode.UTF16.isTrailSurrogate(second) {
                let value = 0x10000 + (UInt32(first & 0x3FF) << 10 | UInt32(second & 0x3FF))
                return Character(Unicode.Scalar(value) ?? "\u{FFFD}")
            }
            offset = back
        }
        return Character(Unicode.Scalar(first) ?? "\u{FFFD}")
    }

    private mutating func unit() throws(EncoderFault) -> UInt16 {
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = current, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw unexpected("a hexadecimal digit")
            }
            value = value << 4 | UInt16(digit)
            offset += 1
        }
        return value
    }
}
