/// Base64 in the usual or the URL's alphabet, with or without padding (RFC 4648).
enum Base64 {
    /// How many bytes it made; nil where the text is none. `space` holds three quarters of the text at least.
    static func decode(_ text: UnsafeRawBufferPointer, into space: UnsafeMutableRawBufferPointer) -> Int? {
        var end = text.count
        while end > 0, text.count - end < 2, text[end - 1] == 0x3D { end -= 1 }
        guard end % 4 != 1 else { return nil }
        var (bits, held, count): (UInt32, Int, Int) = (0, 0, 0)
        for byte in text[0..<end] {
            guard let six = value(byte) else { return nil }
            bits = bits << 6 | UInt32(six)
            held += 6
            guard held >= 8 else { continue }
            held -= 8
            guard count < space.count else { return nil }
            space[count] = UInt8(truncatingIfNeeded: bits >> UInt32(held))
            count += 1
        }
        return count
    }

    private static func value(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x41...0x5A: byte - 0x41
        case 0x61...0x7A: byte - 0x61 + 26
        case 0x30...0x39: byte - 0x30 + 52
        case 0x2B, 0x2D: 62
        case 0x2F, 0x5F: 63
        default: nil
        }
    }
}
