/// The bytes of a JSON string that stand for themselves, eight at a time.
enum PlainRun {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    /// Where the next quote or backslash stands from `start` on, or the end of the bytes.
    static func end(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int {
        guard let base = bytes.baseAddress, start < bytes.count else { return bytes.count }
        var at = start
        while at + 8 <= bytes.count {
            let word = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: at, as: UInt64.self))
            let quote = word ^ (ones &* 0x22)
            let backslash = word ^ (ones &* 0x5c)
            // the lowest mark is exact: a borrow only reaches upwards
            let marks = ((quote &- ones) & ~quote | (backslash &- ones) & ~backslash) & highs
            if marks != 0 { return at + marks.trailingZeroBitCount / 8 }
            at += 8
        }
        while at < bytes.count {
            let byte = base.load(fromByteOffset: at, as: UInt8.self)
            if byte == 0x22 || byte == 0x5c { return at }
            at += 1
        }
        return at
    }
}
