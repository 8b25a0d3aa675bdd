internal import COpenSSL
package import Cache

/// What things of the cache are called in Redis. The number is of the format of names and values: another version of
/// the proxy that writes another format neither sees nor removes these.
package enum RedisNames {
    package static let prefix = Array("clawproxy:1:".utf8)
    /// Counts purges.
    package static let epoch = prefix + Array("epoch".utf8)
    /// Where purges are published.
    package static let channel = "clawproxy:1:purge"

    /// An answer, or the marker of those that vary.
    package static func entry(_ logical: some Sequence<UInt8>) -> [UInt8] { prefix + logical }

    package static func entry(_ name: CacheName) -> [UInt8] { entry(name.logical) }

    /// One of the answers that a marker stands for.
    package static func variant(_ entry: [UInt8], _ generation: UInt64, _ values: [UInt8]) -> [UInt8] {
        entry + Array(":\(String(generation, radix: 16)):".utf8) + digest(values)
    }

    /// Who fetches an answer for all replicas.
    package static func lease(_ name: CacheName) -> [UInt8] { prefix + Array("lease:".utf8) + name.logical }

    /// The names of entries that bear a tag.
    package static func tag(_ tag: some Sequence<UInt8>) -> [UInt8] {
        prefix + Array("tag:".utf8) + digest(Array(tag))
    }

    /// The names of entries of one address: what a rule, a tenant, or a field makes of it. Nil where a key has none.
    package static func address(of key: [UInt8]) -> [UInt8]? { CacheAddress(of: key).map(address) }

    package static func address(_ address: CacheAddress) -> [UInt8] {
        prefix + Array("url:".utf8) + digest(Array((address.authority + address.target).utf8))
    }

    /// A pattern of logical names as `SCAN ... MATCH` understands it, where `[` and `\` mean something.
    package static func glob(_ pattern: some Sequence<UInt8>) -> [UInt8] {
        pattern.reduce(into: prefix) { glob, byte in
            if [UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "\\")].contains(byte) {
                glob.append(UInt8(ascii: "\\"))
            }
            glob.append(byte)
        }
    }

    /// The same for names that begin so, whatever letters these are.
    package static func glob(prefix start: some Sequence<UInt8>) -> [UInt8] {
        start.reduce(into: prefix) { glob, byte in
            if [UInt8(ascii: "*"), UInt8(ascii: "?")].contains(byte) { glob.append(UInt8(ascii: "\\")) }
            if [UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "\\")].contains(byte) {
                glob.append(UInt8(ascii: "\\"))
            }
            glob.append(byte)
        } + [UInt8(ascii: "*")]
    }

    /// 32 hexadecimal digits: the first 128 bits of SHA-256, so that nobody finds two texts of one name.
    private static func digest(_ bytes: [UInt8]) -> [UInt8] {
        var hash = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        _ = SHA256(bytes, bytes.count, &hash)
        return hash.prefix(16).flatMap { [digit($0 >> 4), digit($0 & 15)] }
    }

    private static func digit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 48 + nibble : 87 + nibble }
}
