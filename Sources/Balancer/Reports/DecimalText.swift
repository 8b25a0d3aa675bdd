/// Decimal numbers as reports write them: `1`, `0.25`, `-3e2`. No hexadecimal, no `nan`, no `inf`.
enum DecimalText {
    /// Digits beyond these say nothing that matters.
    private static let longest = 40

    static func parse(_ text: UnsafeRawBufferPointer) -> Double? {
        guard !text.isEmpty, text.count <= longest, text.allSatisfy(belongs) else { return nil }
        return Double(String(decoding: text, as: UTF8.self))
    }

    private static func belongs(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x2B, 0x2D, 0x2E, 0x45, 0x65: true
        default: false
        }
    }
}

extension UnsafeRawBufferPointer {
    /// Without the blanks at both ends.
    var trimmed: UnsafeRawBufferPointer {
        var (start, end) = (0, count)
        while start < end, self[start].isBlank { start += 1 }
        while end > start, self[end - 1].isBlank { end -= 1 }
        return part(start, end)
    }

    func part(_ start: Int, _ end: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self[start..<end])
    }
}

extension UInt8 {
    var isBlank: Bool { self == 0x20 || self == 0x09 || self == 0x0A || self == 0x0D }
}
