/// Field lines that are put together for one answer, in memory that is used again.
extension [UInt8] {
    mutating func put(_ text: StaticString) {
        append(contentsOf: UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// A name and a number; `ending`: and the end of the line.
    mutating func put(_ text: StaticString, decimal number: Int64, ending: Bool = true) {
        put(text)
        if number < 0 { append(0x2D) }
        var digits: (UInt64, UInt64, UInt64) = (0, 0, 0)
        Swift.withUnsafeMutableBytes(of: &digits) { memory in
            var at = 24
            var rest = number.magnitude
            repeat {
                at -= 1
                memory[at] = UInt8(truncatingIfNeeded: 0x30 + rest % 10)
                rest /= 10
            } while rest > 0
            append(contentsOf: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(memory)[at..<24]))
        }
        if ending { put("\r\n") }
    }

    /// A name and a word, and the end of the line. What may not stand in a token is `_` (RFC 9110 5.6.2).
    mutating func put(_ text: StaticString, _ word: String) {
        put(text)
        for byte in word.utf8 { append(Self.isTokenByte(byte) ? byte : 0x5F) }
        put("\r\n")
    }

    /// The same with how similar the request was that it is the answer to: a string, as `;` is none of a token's signs
    /// (RFC 9211 2.8). What is below the second digit is cut off, not rounded: 1.00 is the same vector.
    mutating func put(_ text: StaticString, _ word: String, similarity: Double) {
        let hundredths = Swift.max(0, Swift.min(100, Int((similarity * 100).rounded(.down))))
        put(text)
        append(0x22)
        for byte in word.utf8 { append(Self.isTokenByte(byte) ? byte : 0x5F) }
        put(";similarity=", decimal: Int64(hundredths / 100), ending: false)
        append(0x2E)
        append(0x30 + UInt8(hundredths % 100 / 10))
        append(0x30 + UInt8(hundredths % 10))
        put("\"\r\n")
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E: true
        default: false
        }
    }
}
