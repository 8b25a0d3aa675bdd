internal import Settings

/// Whom a limit counts: an address as it is, anything else as 128 bits that nobody outside can aim at.
package struct RateKey: Sendable, Hashable {
    package let high: UInt64
    package let low: UInt64

    private static let (first, second) = (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))

    /// As a table has kept it.
    init(high: UInt64, low: UInt64) { self.init(high, low) }

    private init(_ high: UInt64, _ low: UInt64) {
        self.high = high
        self.low = low
    }

    /// All together.
    package static let everybody = RateKey(Kind.everybody.rawValue, 0)

    package enum Kind: UInt64, Sendable {
        case everybody = 1
        case socket, ipv4, ipv6
    }

    /// What an address is, where it is one; names have none.
    package var kind: Kind? { Kind(rawValue: high) }

    /// 4 or 16 bytes; of 16 the first eight count. Anything else is a local socket.
    package init(address: [UInt8]) {
        switch address.count {
        case 4: self.init(Kind.ipv4.rawValue, address.reduce(0) { $0 << 8 | UInt64($1) })
        case 16: self.init(Kind.ipv6.rawValue, address[0..<8].reduce(0) { $0 << 8 | UInt64($1) })
        default: self.init(Kind.socket.rawValue, 0)
        }
    }

    /// A name, by two keyed hashes (SipHash) of which one never looks like an address.
    package init(name: UnsafeRawBufferPointer) {
        self.init(Self.hash(name, 1) | 1 << 63, Self.hash(name, 2))
    }

    package init(name: String) {
        var name = name
        self = name.withUTF8 { RateKey(name: UnsafeRawBufferPointer($0)) }
    }

    /// `Hasher` has a seed of the process.
    private static func hash(_ bytes: UnsafeRawBufferPointer, _ salt: UInt64) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(salt ^ first)
        hasher.combine(bytes: bytes)
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }

    /// For its place in a table: a product with secrets, so that addresses cannot be chosen to meet there.
    @inline(__always)
    var place: UInt64 {
        let product = (high ^ Self.first).multipliedFullWidth(by: low ^ Self.second)
        let folded = product.high ^ product.low
        let again = (folded ^ Self.second).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return again.high ^ again.low
    }
}

extension RateKey {
    /// For operators: an address as it is, a network, or a few digits that stand for a name.
    package var spelling: String {
        switch kind {
        case .everybody: return "all"
        case .socket: return "unix:"
        case .ipv4: return IPText.text((0..<4).map { UInt8(truncatingIfNeeded: low >> (24 - 8 * UInt64($0))) })
        case .ipv6:
            return (0..<4).map { String(low >> (48 - 16 * UInt64($0)) & 0xffff, radix: 16) }.joined(separator: ":") + "::/64"
        case nil: return "#" + String(low, radix: 16)
        }
    }
}
