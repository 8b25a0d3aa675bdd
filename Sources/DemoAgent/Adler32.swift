/// The Adler-32 checksum (RFC 1950, section 8.2), taken piece by piece; Python has it as `zlib.adler32`.
struct Adler32 {
    private static let base: UInt32 = 65521
    /// Most bytes that can be summed before the sums must be reduced to stay within 32 bits.
    private static let run = 5552

    private var low: UInt32 = 1
    private var high: UInt32 = 0

    var value: UInt32 { high << 16 | low }

    mutating func take(_ bytes: UnsafeRawBufferPointer) {
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + Self.run)
            for index in start..<end {
                low &+= UInt32(bytes[index])
                high &+= low
            }
            low %= Self.base
            high %= Self.base
            start = end
        }
    }
}
