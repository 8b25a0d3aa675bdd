internal import Wire

/// Reads structured field values byte by byte (RFC 9651 4.2).
struct StructuredReader {
    private let text: [UInt8]
    private var at = 0

    init(_ text: [UInt8]) {
        var end = text.count
        while end > 0, text[end - 1] == 0x20 { end -= 1 }
        self.text = Array(text[..<end])
    }

    var isAtEnd: Bool { at >= text.count }
    private var byte: UInt8 { at < text.count ? text[at] : 0 }

    mutating func takes(_ wanted: UInt8) -> Bool {
        guard byte == wanted, !isAtEnd else { return false }
        at += 1
        return true
    }

    mutating func skipSpaces() { while byte == 0x20 { at += 1 } }
    mutating func skipBlanks() { while byte == 0x20 || byte == 0x09 { at += 1 } }

    mutating func key() -> [UInt8]? {
        let start = at
        guard byte == 0x2a || (byte >= 0x61 && byte <= 0x7a) else { return nil }
        while Self.isKey(byte) { at += 1 }
        return Array(text[start..<at])
    }

    private static func isKey(_ byte: UInt8) -> Bool {
        (byte >= 0x61 && byte <= 0x7a) || ByteClass.isDigit(byte) || byte == 0x5f || byte == 0x2d || byte == 0x2e
            || byte == 0x2a
    }

    mutating func itemOrList() -> StructuredDictionary.Item? {
        guard takes(0x28) else { return item() }
        var items: [StructuredDictionary.Item] = []
        while !isAtEnd {
            skipSpaces()
            if takes(0x29) { return .list(items) }
            guard items.count < 64, let item = item(), skipParameters(), byte == 0x20 || byte == 0x29 else {
                return nil
            }
            items.append(item)
        }
        return nil
    }

    /// `;name=value` as often as it stands there; what is in it says nothing to a cache.
    mutating func skipParameters() -> Bool {
        while takes(0x3b) {
            skipSpaces()
            guard key() != nil else { return false }
            if takes(0x3d), item() == nil { return false }
        }
        return true
    }

    private mutating func item() -> StructuredDictionary.Item? {
        switch byte {
        case 0x22: return string().map { .string($0) }
        case 0x2d, 0x30...0x39: return number()
        case 0x3f:
            at += 1
            if takes(0x31) { return .boolean(true) }
            return takes(0x30) ? .boolean(false) : nil
        case 0x3a:
            at += 1
            while ByteClass.isToken(byte) || byte == 0x2f || byte == 0x3d { at += 1 }
            return takes(0x3a) ? .other : nil
        case 0x40:
            at += 1
            if case .integer = number() { return .other }
            return nil
        case 0x25:
            at += 1
            return string() == nil ? nil : .other
        case 0x2a, 0x41...0x5a, 0x61...0x7a:
            let start = at
            while ByteClass.isToken(byte) || byte == 0x3a || byte == 0x2f { at += 1 }
            return .token(Array(text[start..<at]))
        default: return nil
        }
    }

    /// Up to fifteen digits, or up to twelve, a point and up to three.
    private mutating func number() -> StructuredDictionary.Item? {
        let isNegative = takes(0x2d)
        var value: Int64 = 0
        let start = at
        while ByteClass.isDigit(byte), at - start <= 15 {
            value = value * 10 + Int64(byte &- 0x30)
            at += 1
        }
        let whole = at - start
        guard whole > 0, whole <= 15 else { return nil }
        guard takes(0x2e) else { return .integer(isNegative ? -value : value) }
        let point = at
        while ByteClass.isDigit(byte) { at += 1 }
        return whole <= 12 && (1...3).contains(at - point) ? .other : nil
    }

    private mutating func string() -> [UInt8]? {
        guard takes(0x22) else { return nil }
        var content: [UInt8] = []
        while !isAtEnd {
            let byte = text[at]
            at += 1
            switch byte {
            case 0x22: return content
            case 0x5c:
                guard self.byte == 0x22 || self.byte == 0x5c else { return nil }
                content.append(self.byte)
                at += 1
            case 0x20...0x7e: content.append(byte)
            default: return nil
            }
        }
        return nil
    }
}
