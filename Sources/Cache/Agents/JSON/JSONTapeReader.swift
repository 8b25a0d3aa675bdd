internal import Wire

/// Reads JSON text onto a tape: a descent by the grammar of RFC 8259, as deep as `JSONTape.deepest`.
struct JSONTapeReader {
    private let tape: JSONTape
    private let text: UnsafeRawBufferPointer
    private var at = 0

    init(_ tape: JSONTape) {
        self.tape = tape
        text = tape.text
    }

    mutating func read() throws(JSONTape.Fault) {
        skipBlanks()
        try value(depth: 0)
        skipBlanks()
        guard at == text.count else { throw .syntax }
    }

    /// The byte that comes, or 0, which may stand nowhere.
    private var current: UInt8 { at < text.count ? text[at] : 0 }

    private mutating func skipBlanks() {
        while at < text.count, text[at] == 0x20 || text[at] == 0x0a || text[at] == 0x0d || text[at] == 0x09 { at += 1 }
    }

    private mutating func value(depth: Int) throws(JSONTape.Fault) {
        switch current {
        case 0x22: try string(.string)
        case 0x7b: try object(depth: depth + 1)
        case 0x5b: try array(depth: depth + 1)
        case 0x74: try literal("true", .true)
        case 0x66: try literal("false", .false)
        case 0x6e: try literal("null", .null)
        default: try number()
        }
    }

    /// Puts a value on the tape that holds no others; a container's `next` is mended at its end.
    @discardableResult
    private mutating func put(_ kind: JSONTape.Kind, _ start: Int, _ end: Int) throws(JSONTape.Fault) -> Int {
        let place = tape.values.count
        guard place < JSONTape.mostValues else { throw .tooLong }
        tape.values.append(
            JSONTape.Value(
                kind: kind, start: UInt32(truncatingIfNeeded: start), end: UInt32(truncatingIfNeeded: end),
                next: UInt32(truncatingIfNeeded: place + 1)))
        return place
    }

    private mutating func close(_ place: Int) {
        at += 1
        tape.values[place].end = UInt32(truncatingIfNeeded: at)
        tape.values[place].next = UInt32(truncatingIfNeeded: tape.values.count)
    }

    private mutating func object(depth: Int) throws(JSONTape.Fault) {
        guard depth <= JSONTape.deepest else { throw .tooDeep }
        let place = try put(.object, at, at)
        at += 1
        skipBlanks()
        if current == 0x7d { return close(place) }
        while true {
            guard current == 0x22 else { throw .syntax }
            try string(.name)
            skipBlanks()
            guard current == 0x3a else { throw .syntax }
            at += 1
            skipBlanks()
            try value(depth: depth)
            skipBlanks()
            if current == 0x7d { return close(place) }
            guard current == 0x2c else { throw .syntax }
            at += 1
            skipBlanks()
        }
    }

    private mutating func array(depth: Int) throws(JSONTape.Fault) {
        guard depth <= JSONTape.deepest else { throw .tooDeep }
        let place = try put(.array, at, at)
        at += 1
        skipBlanks()
        if current == 0x5d { return close(place) }
        while true {
            try value(depth: depth)
            skipBlanks()
            if current == 0x5d { return close(place) }
            guard current == 0x2c else { throw .syntax }
            at += 1
            skipBlanks()
        }
    }

    private mutating func literal(_ word: StaticString, _ kind: JSONTape.Kind) throws(JSONTape.Fault) {
        let end = at + word.utf8CodeUnitCount
        guard end <= text.count, UnsafeRawBufferPointer(rebasing: text[at..<end]).isExactly(word) else { throw .syntax }
        try put(kind, at, end)
        at = end
    }

    private mutating func number() throws(JSONTape.Fault) {
        let start = at
        if current == 0x2d { at += 1 }
        if current == 0x30 { at += 1 } else { try digits() }
        if current == 0x2e {
            at += 1
            try digits()
        }
        if current | 0x20 == 0x65 {
            at += 1
            if current == 0x2b || current == 0x2d { at += 1 }
            try digits()
        }
        try put(.number, start, at)
    }

    private mutating func digits() throws(JSONTape.Fault) {
        guard ByteClass.isDigit(current) else { throw .syntax }
        while ByteClass.isDigit(current) { at += 1 }
    }

    // MARK: strings

    private mutating func string(_ kind: JSONTape.Kind) throws(JSONTape.Fault) {
        at += 1
        let start = at
        try plainRun()
        if current == 0x22 {
            try put(kind, start, at)
            at += 1
            return
        }
        let kept = tape.plainCount
        tape.keep(start..<at)
        while current == 0x5c {
            try escape()
            let run = at
            try plainRun()
            tape.keep(run..<at)
        }
        let place = try put(kind, kept, tape.plainCount)
        tape.values[place].isUnescaped = true
        at += 1
    }

    /// Goes on to the next quote or backslash.
    private mutating func plainRun() throws(JSONTape.Fault) {
        let quote = SIMD16<UInt8>(repeating: 0x22)
        let backslash = SIMD16<UInt8>(repeating: 0x5c)
        let space = SIMD16<UInt8>(repeating: 0x20)
        let delete = SIMD16<UInt8>(repeating: 0x7f)
        while at < text.count {
            if at &+ 16 <= text.count {
                let bytes = text.loadUnaligned(fromByteOffset: at, as: SIMD16<UInt8>.self)
                if !any((bytes .== quote) .| (bytes .== backslash) .| (bytes .< space) .| (bytes .> delete)) {
                    at &+= 16
                    continue
                }
            }
            let end = min(at &+ 16, text.count)
            while at < end {
                let byte = text[at]
                if byte == 0x22 || byte == 0x5c { return }
                guard byte >= 0x20 else { throw .syntax }
                if byte < 0x80 {
                    at &+= 1
                } else {
                    try sequence()
                }
            }
        }
        throw .syntax
    }

    /// One well-formed UTF-8 sequence beyond ASCII (Unicode 15, table 3-7).
    private mutating func sequence() throws(JSONTape.Fault) {
        let first = text[at]
        let second: ClosedRange<UInt8>
        let length: Int
        switch first {
        case 0xc2...0xdf: (second, length) = (0x80...0xbf, 2)
        case 0xe0: (second, length) = (0xa0...0xbf, 3)
        case 0xed: (second, length) = (0x80...0x9f, 3)
        case 0xe1...0xef: (second, length) = (0x80...0xbf, 3)
        case 0xf0: (second, length) = (0x90...0xbf, 4)
        case 0xf1...0xf3: (second, length) = (0x80...0xbf, 4)
        case 0xf4: (second, length) = (0x80...0x8f, 4)
        default: throw .syntax
        }
        guard at + length <= text.count, second.contains(text[at + 1]) else { throw .syntax }
        for place in (at + 2)..<max(at + 2, at + length) where text[place] & 0xc0 != 0x80 { throw .syntax }
        at += length
    }

    private mutating func escape() throws(JSONTape.Fault) {
        at += 1
        let byte = current
        at += 1
        switch byte {
        case 0x22, 0x5c, 0x2f: tape.keep(byte)
        case 0x62: tape.keep(0x08)
        case 0x66: tape.keep(0x0c)
        case 0x6e: tape.keep(0x0a)
        case 0x72: tape.keep(0x0d)
        case 0x74: tape.keep(0x09)
        case 0x75: try codePoint()
        default: throw .syntax
        }
    }

    private mutating func codePoint() throws(JSONTape.Fault) {
        var code = try unit()
        if (0xd800...0xdbff).contains(code) {
            guard current == 0x5c, at + 1 < text.count, text[at + 1] == 0x75 else { throw .syntax }
            at += 2
            let low = try unit()
            guard (0xdc00...0xdfff).contains(low) else { throw .syntax }
            code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw .syntax }
        for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { tape.keep(byte) }
    }

    /// Four hexadecimal digits.
    private mutating func unit() throws(JSONTape.Fault) -> UInt32 {
        guard at + 4 <= text.count else { throw .syntax }
        var code: UInt32 = 0
        for place in at..<(at + 4) {
            let digit = ByteClass.hex(text[place])
            guard digit < 16 else { throw .syntax }
            code = code << 4 | UInt32(digit)
        }
        at += 4
        return code
    }
}
