/// Numbers of 32 bits, lowest byte first, in base64 (RFC 4648 4), as OpenAI's API sends them where it is not asked for
/// decimals.
enum Base64Floats {
    /// Nil where it is no base64, or no whole numbers. A `\` of JSON's `\/` is passed over.
    static func decode(_ text: some Sequence<UInt8>) -> [Float]? {
        var floats: [Float] = []
        var (bits, count, word, bytes) = (UInt32(0), 0, UInt32(0), UInt32(0))
        var isOver = false
        for character in text where character != UInt8(ascii: "\\") {
            if character == UInt8(ascii: "=") {
                isOver = true
                continue
            }
            guard !isOver, let six = value(of: character) else { return nil }
            bits = bits << 6 | six
            count += 6
            guard count >= 8 else { continue }
            count -= 8
            word |= (bits >> UInt32(count) & 0xff) << (8 * bytes)
            bytes += 1
            guard bytes == 4 else { continue }
            floats.append(Float(bitPattern: word))
            (word, bytes) = (0, 0)
        }
        return bytes == 0 && count < 6 ? floats : nil
    }

    private static func value(of character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
        case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
