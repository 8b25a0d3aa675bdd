/// Whether bytes are UTF-8 (RFC 3629).
enum UTF8Text {
    /// The offset of the first byte that no valid UTF-8 has there, or nil.
    static func firstFault(_ bytes: [UInt8]) -> Int? {
        bytes.withUnsafeBufferPointer { bytes in
            var at = 0
            while at < bytes.count {
                let length = length(bytes, at)
                if length == 0 { return at }
                at += length
            }
            return nil
        }
    }

    /// Bytes of the byte order mark at the head: 3 or 0.
    static func markLength(_ bytes: some Collection<UInt8>) -> Int {
        bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    }

    /// The length of the character at an offset; 0 where there is none: overlong forms, surrogates, past U+10FFFF.
    private static func length(_ bytes: UnsafeBufferPointer<UInt8>, _ at: Int) -> Int {
        let first = bytes[at]
        if first < 0x80 { return 1 }
        func follows(_ distance: Int, _ range: ClosedRange<UInt8>) -> Bool {
            at + distance < bytes.count && range.contains(bytes[at + distance])
        }
        let tail: ClosedRange<UInt8> = 0x80...0xBF
        switch first {
        case 0xC2...0xDF:
            return follows(1, tail) ? 2 : 0
        case 0xE0...0xEF:
            let second: ClosedRange<UInt8> = first == 0xE0 ? 0xA0...0xBF : first == 0xED ? 0x80...0x9F : tail
            return follows(1, second) && follows(2, tail) ? 3 : 0
        case 0xF0...0xF4:
            let second: ClosedRange<UInt8> = first == 0xF0 ? 0x90...0xBF : first == 0xF4 ? 0x80...0x8F : tail
            return follows(1, second) && follows(2, tail) && follows(3, tail) ? 4 : 0
        default:
            return 0
        }
    }
}
