/// The identity of what is kept: the canonical form of the effective request. Two keys are the same where all their bytes
/// are; the hash only says where to look.
package struct CacheKey: Sendable, Hashable {
    /// As `KeyText` writes it.
    package let bytes: [UInt8]
    package let hash: UInt64

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
        hash = KeyHash.of(bytes)
    }

    package static func == (one: CacheKey, other: CacheKey) -> Bool {
        one.hash == other.hash && one.bytes == other.bytes
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(hash) }

    /// The first part of this kind, and nil where there is none. What is no key has no parts.
    package func first(_ part: KeyPart) -> ArraySlice<UInt8>? { Self.first(part, in: bytes) }

    package static func first(_ part: KeyPart, in bytes: [UInt8]) -> ArraySlice<UInt8>? {
        var at = 0
        while at < bytes.count {
            let tag = bytes[at]
            guard let (count, start) = length(in: bytes, at + 1), count <= bytes.count - start else { return nil }
            if tag == part.rawValue { return bytes[start..<start + count] }
            at = start + count
        }
        return nil
    }

    /// A length, and where the bytes that it counts begin.
    private static func length(in bytes: [UInt8], _ start: Int) -> (count: Int, start: Int)? {
        var number = 0
        var at = start
        // four bytes tell of 256 MiB, which no key reaches
        while at < bytes.count, at - start < 4 {
            number |= Int(bytes[at] & 0x7F) << (7 * (at - start))
            at += 1
            if bytes[at - 1] & 0x80 == 0 { return (number, at) }
        }
        return nil
    }
}
