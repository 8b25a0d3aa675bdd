/// In which order the addresses of a host are tried: RFC 6724, section 6, rules 1, 2, 5, 6 and 8, with its own table.
package enum AddressOrder {
    /// Sorts, and leaves equals in the order they came in.
    ///
    /// - Parameter source: where this machine would send from to an address; nil where it cannot be reached.
    package static func sorted(
        _ addresses: [HostAddress], source: (HostAddress) -> HostAddress?
    ) -> [HostAddress] {
        guard addresses.count > 1 else { return addresses }
        let ranked = addresses.enumerated().map { ($0.offset, $0.element, rank($0.element, source($0.element))) }
        return ranked.sorted { one, other in
            one.2.lexicographicallyPrecedes(other.2) || (one.2 == other.2 && one.0 < other.0)
        }.map(\.1)
    }

    /// Lower comes first.
    private static func rank(_ address: HostAddress, _ source: HostAddress?) -> [Int] {
        let to = six(address)
        let (precedence, label) = policy(to)
        guard let source else { return [1, 1, 1, -precedence, scope(to)] }
        let from = six(source)
        return [
            0, scope(to) == scope(from) ? 0 : 1, label == policy(from).label ? 0 : 1, -precedence, scope(to),
        ]
    }

    /// IPv4 in its mapped form.
    private static func six(_ address: HostAddress) -> [UInt8] {
        address.bytes.count == 16
            ? address.bytes : [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF] + address.bytes.prefix(4)
    }

    /// The table of RFC 6724, section 2.1.
    private static func policy(_ address: [UInt8]) -> (precedence: Int, label: Int) {
        let head = address.prefix(12)
        let isZero = head.allSatisfy { $0 == 0 }
        if isZero, address.suffix(4).elementsEqual([0, 0, 0, 1]) { return (50, 0) }
        if head.elementsEqual(mapped) { return (35, 4) }
        if isZero { return (1, 3) }
        switch (address[0], address[1]) {
        case (0x20, 0x02): return (30, 2)
        case (0x20, 0x01) where address[2] == 0 && address[3] == 0: return (5, 5)
        case (0xFC...0xFD, _): return (3, 13)
        case (0xFE, 0xC0...0xFF): return (1, 11)
        case (0x3F, 0xFE): return (1, 12)
        default: return (40, 1)
        }
    }

    private static let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]

    /// Link-local 2, site-local 5, global 14 (RFC 6724, 3.1 and 3.2: private IPv4 addresses are global).
    private static func scope(_ address: [UInt8]) -> Int {
        if address.prefix(12).elementsEqual(mapped) {
            return address[12] == 127 || (address[12] == 169 && address[13] == 254) ? 2 : 14
        }
        if address.prefix(15).allSatisfy({ $0 == 0 }), address[15] == 1 { return 2 }
        if address[0] == 0xFF { return Int(address[1] & 0xF) }
        guard address[0] == 0xFE else { return 14 }
        return address[1] & 0xC0 == 0x80 ? 2 : address[1] & 0xC0 == 0xC0 ? 5 : 14
    }
}
