internal import Wire

/// `delta-seconds` (RFC 9111 1.2.2).
package enum DeltaSeconds {
    /// The longest that is told apart: 68 years.
    package static let longest: Int64 = 1 << 31

    /// Digits and nothing else; nil for anything that is not that.
    package static func read(_ text: UnsafeRawBufferPointer) -> Int64? {
        guard text.count > 0 else { return nil }
        var value: Int64 = 0
        for byte in text {
            guard ByteClass.isDigit(byte) else { return nil }
            value = min(longest, value * 10 + Int64(byte &- 0x30))
        }
        return value
    }
}
