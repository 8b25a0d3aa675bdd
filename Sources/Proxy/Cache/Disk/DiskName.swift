internal import Cache

/// The name of a file of the disk layer: 32 hexadecimal digits, the first two of them a folder.
struct DiskName: Hashable, Sendable {
    let high: UInt64
    let low: UInt64

    init?(_ name: CacheName) { self.init(hex: name.digest) }

    init?(hex: some Collection<UInt8>) {
        guard hex.count == 32 else { return nil }
        var halves: (UInt64, UInt64) = (0, 0)
        for (place, digit) in hex.enumerated() {
            let value: UInt8
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - 48
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - 87
            default: return nil
            }
            if place < 16 { halves.0 = halves.0 << 4 | UInt64(value) } else { halves.1 = halves.1 << 4 | UInt64(value) }
        }
        (high, low) = halves
    }

    /// The digits come out of a keyed hash, so any of them will do.
    var hash: UInt64 { high }

    var folder: String { String(hex.prefix(2)) }
    var file: String { String(hex.dropFirst(2)) }

    private var hex: String { Self.hex(high) + Self.hex(low) }

    private static func hex(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
