internal import Settings
internal import Wire

/// An IP address as a value: compared, looked up and hashed without memory of its own. IPv4 in its IPv4-mapped form
/// (`::ffff:a.b.c.d`, RFC 4291 2.5.5.2) is IPv4.
package struct ClientAddress: Hashable, Sendable {
    /// Of an IPv6 address the first and the last eight bytes; of IPv4 the low half of `low` alone.
    let high: UInt64
    let low: UInt64
    package let isFour: Bool

    /// - Parameter bytes: 4 or 16 of them, in network order; nil for any other number.
    package init?(bytes: some Collection<UInt8>) {
        switch bytes.count {
        case 4: self.init(four: bytes.reduce(0) { $0 << 8 | UInt32($1) })
        case 16:
            self.init(
                high: bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) },
                low: bytes.suffix(8).reduce(0) { $0 << 8 | UInt64($1) })
        default: return nil
        }
    }

    package init(four: UInt32) {
        high = 0
        low = UInt64(four)
        isFour = true
    }

    init(high: UInt64, low: UInt64) {
        isFour = high == 0 && low >> 32 == 0xffff
        self.high = high
        self.low = isFour ? low & 0xffff_ffff : low
    }

    /// An address as text, without port and brackets.
    package init?(text: UnsafeRawBufferPointer) {
        if let four = Self.four(text) {
            self.init(four: four)
            return
        }
        guard text.count >= 2, text.count <= 45, text.contains(0x3a),
            let bytes = IPText.bytes(String(decoding: text, as: UTF8.self))
        else { return nil }
        self.init(bytes: bytes)
    }

    /// Four decimal numbers; leading zeros are refused, as some read them as octal.
    private static func four(_ text: UnsafeRawBufferPointer) -> UInt32? {
        guard text.count >= 7, text.count <= 15 else { return nil }
        var address: UInt32 = 0
        var number: UInt32 = 0
        var digits = 0
        var dots = 0
        for byte in text {
            if byte == 0x2e {
                guard digits > 0, dots < 3 else { return nil }
                address = address << 8 | number
                (number, digits) = (0, 0)
                dots += 1
            } else {
                guard ByteClass.isDigit(byte), digits < 3, digits == 0 || number > 0 else { return nil }
                number = number * 10 + UInt32(byte &- 0x30)
                digits += 1
                guard number <= 255 else { return nil }
            }
        }
        return dots == 3 && digits > 0 ? address << 8 | number : nil
    }

    /// 4 or 16 bytes, in network order.
    package var bytes: [UInt8] {
        isFour ? Self.bytes(low, 4) : Self.bytes(high, 8) + Self.bytes(low, 8)
    }

    /// What stands for one customer where requests are counted: an IPv4 address, or the first 64 bits of an IPv6
    /// address, as whoever has one address there has all of them.
    package var limitKey: [UInt8] { isFour ? Self.bytes(low, 4) : Self.bytes(high, 8) }

    private static func bytes(_ number: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: number >> UInt64((count - 1 - $0) * 8)) }
    }
}

extension ClientAddress: CustomStringConvertible {
    package var description: String { IPText.text(bytes) }
}
