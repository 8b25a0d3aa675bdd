/// How any bytes are written as the inside of a JSON string.
package enum JSONText {
    /// A field longer than this is cut, and ends with `...`.
    package static let maxField = 8192

    /// 1 for bytes that stand for themselves.
    private static let plain: [Bool] = (0..<256).map { $0 >= 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C }

    /// Appends the bytes escaped, without the quotes. What is not UTF-8 becomes U+FFFD, so that a line is always a
    /// JSON text, whatever a client sent.
    package static func append(_ bytes: UnsafeRawBufferPointer, to buffer: inout LineBuffer) {
        let end = min(bytes.count, maxField)
        plain.withUnsafeBufferPointer { plain in
            var start = 0
            var index = 0
            while index < end {
                let byte = bytes[index]
                if plain[Int(byte)] {
                    index &+= 1
                    continue
                }
                let length = byte < 0x80 ? 1 : sequenceLength(bytes, index, end)
                if length > 1 {
                    index &+= length
                    continue
                }
                buffer.append(UnsafeRawBufferPointer(rebasing: bytes[start..<index]))
                escape(byte, to: &buffer)
                index &+= 1
                start = index
            }
            buffer.append(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
        }
        if bytes.count > maxField { buffer.append("...") }
    }

    package static func append(_ text: String, to buffer: inout LineBuffer) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0), to: &buffer) }
    }

    private static func escape(_ byte: UInt8, to buffer: inout LineBuffer) {
        switch byte {
        case 0x22: buffer.append("\\\"")
        case 0x5C: buffer.append("\\\\")
        case 0x0A: buffer.append("\\n")
        case 0x0D: buffer.append("\\r")
        case 0x09: buffer.append("\\t")
        case 0x80...: buffer.append("\\ufffd")
        default:
            buffer.append("\\u00")
            buffer.append(byte: hexDigit(byte >> 4))
            buffer.append(byte: hexDigit(byte & 15))
        }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? 48 &+ value : 87 &+ value
    }

    /// The length of the UTF-8 sequence that begins here (RFC 3629, section 4), or 1 when there is none.
    private static func sequenceLength(_ bytes: UnsafeRawBufferPointer, _ index: Int, _ end: Int) -> Int {
        let lead = bytes[index]
        let length: Int
        var low: UInt8 = 0x80
        var high: UInt8 = 0xBF
        switch lead {
        case 0xC2...0xDF: length = 2
        case 0xE0...0xEF:
            length = 3
            if lead == 0xE0 { low = 0xA0 }
            if lead == 0xED { high = 0x9F }
        case 0xF0...0xF4:
            length = 4
            if lead == 0xF0 { low = 0x90 }
            if lead == 0xF4 { high = 0x8F }
        default: return 1
        }
        guard index + length <= end, bytes[index + 1] >= low, bytes[index + 1] <= high else { return 1 }
        for offset in 2..<max(length, 2) where bytes[index + offset] & 0xC0 != 0x80 { return 1 }
        return length
    }
}
