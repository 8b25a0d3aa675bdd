import COpenSSL

/// A SHA-256 digest, and how a configuration writes it: 64 hexadecimal digits.
package struct SHA256Digest: Sendable, Hashable {
    package static let byteCount = 32

    /// Exactly `byteCount` bytes.
    package let bytes: [UInt8]

    /// The digest of these bytes; nil only where libcrypto fails (memory).
    package init?(of data: UnsafeRawBufferPointer) {
        var digest = [UInt8](repeating: 0, count: Self.byteCount)
        let isDone = digest.withUnsafeMutableBytes { Self.hash(data, into: $0) }
        guard isDone else { return nil }
        bytes = digest
    }

    package init?(of text: String) {
        var text = text
        guard let digest = text.withUTF8({ SHA256Digest(of: UnsafeRawBufferPointer($0)) }) else { return nil }
        self = digest
    }

    /// Writes the digest of `data` to the first 32 bytes of `digest`; false where libcrypto fails.
    static func hash(_ data: UnsafeRawBufferPointer, into digest: UnsafeMutableRawBufferPointer) -> Bool {
        guard digest.count >= byteCount else { return false }
        let out = digest.baseAddress?.assumingMemoryBound(to: UInt8.self)
        return claw_sha256(data.baseAddress, data.count, out) == 1
    }

    /// Reads 64 hexadecimal digits, in either case.
    package init?(hex: String) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.byteCount)
        var high: UInt8?
        for character in hex.utf8 {
            guard let digit = Self.digit(character) else { return nil }
            if let first = high {
                bytes.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        guard high == nil && bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    package var hex: String {
        var text = ""
        for byte in bytes {
            for nibble in [byte >> 4, byte & 15] {
                text.unicodeScalars.append(Unicode.Scalar(nibble < 10 ? 48 + nibble : 87 + nibble))
            }
        }
        return text
    }

    private static func digit(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - 48
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - 87
        case UInt8(ascii: "A")...UInt8(ascii: "F"): character - 55
        default: nil
        }
    }
}
