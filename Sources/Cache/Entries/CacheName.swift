import COpenSSL

/// What an entry is called outside of this process: in Redis, on the disk, in patterns and purges.
package struct CacheName: Sendable, Hashable {
    /// 32 lower-case hexadecimal digits: the first 128 bits of HMAC-SHA-256 of the key. Without the secret nobody can tell
    /// from a name whether somebody asked a certain thing.
    package let digest: [UInt8]
    /// `agent:response:RULE:TENANT:DIGEST`.
    package let logical: [UInt8]

    /// Nil only where libcrypto fails (memory).
    package init?(key: [UInt8], rule: String, tenant: String, secret: [UInt8]) {
        var code = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        var size: UInt32 = 0
        let done = HMAC(EVP_sha256(), secret, Int32(clamping: secret.count), key, key.count, &code, &size)
        guard done != nil, Int(size) == code.count else { return nil }
        digest = code.prefix(16).flatMap { [Self.digit($0 >> 4), Self.digit($0 & 15)] }
        logical = Self.prefix(rule: rule, tenant: tenant) + digest
    }

    /// The logical name up to the digest. A request without a tenant has `-`. In names that somebody chose, what would read
    /// as a part's end or as a pattern is `%XX`.
    package static func prefix(rule: String, tenant: String) -> [UInt8] {
        var name = Array("agent:response:".utf8)
        for part in [rule, tenant] {
            if part.isEmpty { name.append(UInt8(ascii: "-")) }
            for byte in part.utf8 { append(byte, to: &name) }
            name.append(UInt8(ascii: ":"))
        }
        return name
    }

    private static func append(_ byte: UInt8, to name: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: ":"), UInt8(ascii: "*"), UInt8(ascii: "?"), UInt8(ascii: "%"), 0...0x20, 0x7F:
            name += [UInt8(ascii: "%"), digit(byte >> 4), digit(byte & 15)]
        default: name.append(byte)
        }
    }

    private static func digit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 48 + nibble : 87 + nibble }
}
