extension JSONScanner {
    /// A string in quotes, without them.
    mutating func string() throws(SyntaxError) -> String {
        let start = offset
        guard let quote = current else { throw unexpected("a string") }
        advance()
        var text: [UInt8] = []
        while true {
            let run = offset
            skipPlain(quote)
            guard let byte = current else { break }
            if byte == quote, text.isEmpty {
                // Most strings have no escapes and are made of the text itself.
                advance()
                return String(decoding: bytes[run..<offset - 1], as: UTF8.self)
            }
            text += bytes[run..<offset]
            switch byte {
            case quote:
                advance()
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                try escape(into: &text)
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                throw failure(
                    at: offset, "expected \(quote == 0x22 ? "\"" : "'") at the end of the string, found a line break")
            case ..<0x20 where !isJSON5:
                throw failure(at: offset, "control characters in strings are written as escapes")
            default:
                text.append(byte)
                advance()
            }
        }
        throw failure(at: start, "expected the end of the string that begins here, found the end of the text")
    }

    /// Over what stands for itself in a string.
    private mutating func skipPlain(_ quote: UInt8) {
        let count = bytes.withUnsafeBufferPointer { bytes in
            var at = offset
            while at < bytes.count, bytes[at] >= 0x20, bytes[at] != quote, bytes[at] != UInt8(ascii: "\\") { at += 1 }
            return at - offset
        }
        advance(count)
    }

    private mutating func escape(into text: inout [UInt8]) throws(SyntaxError) {
        let start = offset
        advance()
        guard let byte = current else { throw unexpected("a character after '\\'") }
        if let plain = JSONScanner.plainEscape(byte) {
            advance()
            text.append(plain)
        } else if byte == UInt8(ascii: "u") {
            advance()
            text += Array(String(try unicodeEscape(from: start)).utf8)
        } else if isJSON5 {
            try looseEscape(byte, from: start, into: &text)
        } else {
            throw failure(
                at: start, "no escape '\\\(character.map { String($0.scalar) } ?? "")' in JSON; write '\\\\' for '\\'")
        }
    }

    /// RFC 8259 section 7.
    private static func plainEscape(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): byte
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: nil
        }
    }

    /// JSON5 section 5: `\v`, `\0`, `\xHH`, line continuations, and any other character for itself.
    private mutating func looseEscape(_ byte: UInt8, from start: Int, into text: inout [UInt8]) throws(SyntaxError) {
        switch byte {
        case UInt8(ascii: "v"):
            advance()
            text.append(0x0B)
        case UInt8(ascii: "x"):
            advance()
            guard let code = hexadecimal(2) else {
                throw failure(at: start, "expected two hexadecimal digits after '\\x'")
            }
            text += Array(String(Character(Unicode.Scalar(UInt8(code)))).utf8)
        case UInt8(ascii: "0") where !(peek(1).map(NumberLiteral.isDigit) ?? false):
            advance()
            text.append(0)
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            throw failure(at: start, "no escapes with digits in JSON5; write '\\x00' to '\\xff'")
        case UInt8(ascii: "\r"):
            advance()
            _ = take(UInt8(ascii: "\n"))
        case UInt8(ascii: "\n"):
            advance()
        default:
            guard let (scalar, length) = character else { throw unexpected("a character after '\\'") }
            if !JSONScanner.isLineSeparator(scalar) { text += bytes[offset..<offset + length] }
            advance(length)
        }
    }

    /// What follows `\u`: four digits, or a surrogate pair of two such escapes. A surrogate alone is no character.
    private mutating func unicodeEscape(from start: Int) throws(SyntaxError) -> Character {
        guard let code = hexadecimal(4) else {
            throw failure(at: start, "expected four hexadecimal digits after '\\u'")
        }
        if let scalar = Unicode.Scalar(code) { return Character(scalar) }
        let loneSurrogate = "a surrogate alone is no character; write both of its pair"
        guard (0xD800...0xDBFF).contains(code), take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")),
            let low = hexadecimal(4), (0xDC00...0xDFFF).contains(low),
            let scalar = Unicode.Scalar(0x10000 + (code - 0xD800) << 10 + (low - 0xDC00))
        else { throw failure(at: start, loneSurrogate) }
        return Character(scalar)
    }

    private mutating func hexadecimal(_ count: Int) -> UInt32? {
        var value: UInt32 = 0
        for _ in 0..<count {
            guard let digit = current.flatMap(NumberLiteral.hexDigit) else { return nil }
            value = value << 4 | UInt32(digit)
            advance()
        }
        return value
    }

    // MARK: Names

    /// A member's name: a string, or in JSON5 an identifier (ECMAScript 5.1 section 7.6, reserved words too).
    mutating func name() throws(SyntaxError) -> String {
        if current == UInt8(ascii: "\"") || (isJSON5 && current == UInt8(ascii: "'")) { return try string() }
        guard isJSON5 else { throw unexpected("a key in double quotes") }
        if let plain = plainName() { return plain }
        var name = String.UnicodeScalarView()
        while let (scalar, length) = character {
            let start = offset
            var next = scalar
            if scalar == "\\" {
                advance()
                guard take(UInt8(ascii: "u")) else {
                    throw failure(at: start, "expected '\\u' in a key without quotes")
                }
                guard let escaped = try unicodeEscape(from: start).unicodeScalars.first else { break }
                next = escaped
            }
            let isPart = name.isEmpty ? JSONScanner.startsName(next) : JSONScanner.continuesName(next)
            if !isPart {
                if scalar == "\\" { throw failure(at: start, "this character cannot stand in a key without quotes") }
                break
            }
            if scalar != "\\" { advance(length) }
            name.append(next)
        }
        guard !name.isEmpty else { throw unexpected("a key") }
        return String(name)
    }

    /// A name of ASCII letters and digits alone, as nearly all are; nil where there is more to it.
    private mutating func plainName() -> String? {
        guard let first = current, JSONScanner.startsName(Unicode.Scalar(first)), first < 0x80 else { return nil }
        var end = offset + 1
        while end < bytes.count, bytes[end] < 0x80, JSONScanner.continuesName(Unicode.Scalar(bytes[end])) { end += 1 }
        guard end < bytes.count, bytes[end] < 0x80, bytes[end] != UInt8(ascii: "\\") else { return nil }
        defer { advance(end - offset) }
        return String(decoding: bytes[offset..<end], as: UTF8.self)
    }

    static func startsName(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII {
            return scalar == "$" || scalar == "_" || ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
        }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .letterNumber:
            return true
        default: return false
        }
    }

    static func continuesName(_ scalar: Unicode.Scalar) -> Bool {
        if startsName(scalar) || ("0"..."9").contains(scalar) { return true }
        if scalar.isASCII { return false }
        if scalar.value == 0x200C || scalar.value == 0x200D { return true }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .decimalNumber, .connectorPunctuation: return true
        default: return false
        }
    }
}
