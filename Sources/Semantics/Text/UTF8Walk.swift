/// Reads scalars from bytes that claim to be UTF-8. What is not becomes U+FFFD, one for each maximal subpart
/// (Unicode 3.9, "U+FFFD Substitution of Maximal Subparts"), so that any bytes are some text.
struct UTF8Walk {
    static let replacement: UInt32 = 0xFFFD

    private let bytes: UnsafeRawBufferPointer
    /// Where the next scalar begins.
    private(set) var position = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// The next scalar; nil at the end.
    @inline(__always)
    mutating func next() -> UInt32? {
        guard position < bytes.count else { return nil }
        let first = bytes[position]
        position += 1
        return first < 0x80 ? UInt32(first) : long(first)
    }

    private mutating func long(_ first: UInt8) -> UInt32 {
        switch first {
        case 0xC2...0xDF: return tail(UInt32(first & 0x1F), 1, 0x80...0xBF)
        case 0xE0: return tail(0, 2, 0xA0...0xBF)
        case 0xED: return tail(0xD, 2, 0x80...0x9F)
        case 0xE1...0xEF: return tail(UInt32(first & 0x0F), 2, 0x80...0xBF)
        case 0xF0: return tail(0, 3, 0x90...0xBF)
        case 0xF1...0xF3: return tail(UInt32(first & 0x07), 3, 0x80...0xBF)
        case 0xF4: return tail(4, 3, 0x80...0x8F)
        default: return Self.replacement
        }
    }

    /// - Parameter second: what the second byte may be; it excludes overlong forms, surrogates and what is too large.
    private mutating func tail(_ head: UInt32, _ count: Int, _ second: ClosedRange<UInt8>) -> UInt32 {
        var value = head
        for index in 0..<count {
            guard position < bytes.count else { return Self.replacement }
            let byte = bytes[position]
            guard index == 0 ? second.contains(byte) : byte & 0xC0 == 0x80 else { return Self.replacement }
            value = value << 6 | UInt32(byte & 0x3F)
            position += 1
        }
        return value
    }
}
