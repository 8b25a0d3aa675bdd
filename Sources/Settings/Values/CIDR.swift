/// A network of addresses: `10.0.0.0/8`, `2001:db8::/32`; a bare address is a network of one.
package struct CIDR: SettingValue, Hashable {
    /// The network's address, 4 or 16 bytes, host bits zero.
    package let bytes: [UInt8]
    package let prefix: Int

    package init?(bytes: [UInt8], prefix: Int) {
        guard bytes.count == 4 || bytes.count == 16, (0...bytes.count * 8).contains(prefix) else { return nil }
        guard CIDR.masked(bytes, prefix) == bytes else { return nil }
        self.bytes = bytes
        self.prefix = prefix
    }

    package init?(_ text: String) {
        guard case .network(let network) = CIDR.parse(text) else { return nil }
        self = network
    }

    /// Whether an address of 4 or 16 bytes lies within. An IPv4 address is also found in its IPv4-mapped form
    /// (`::ffff:a.b.c.d`), as sockets of both families report it.
    package func contains(_ address: [UInt8]) -> Bool {
        if address.count == bytes.count { return matches(address[...]) }
        guard bytes.count == 4, address.count == 16, CIDR.isMapped(address) else { return false }
        return matches(address[12...])
    }

    private func matches(_ address: ArraySlice<UInt8>) -> Bool {
        let whole = prefix / 8
        guard address.prefix(whole).elementsEqual(bytes.prefix(whole)) else { return false }
        let bits = prefix % 8
        if bits == 0 { return true }
        let mask = ~UInt8(0) << (8 - bits)
        return address[address.startIndex + whole] & mask == bytes[whole]
    }

    private static func isMapped(_ address: [UInt8]) -> Bool {
        address.prefix(10).allSatisfy { $0 == 0 } && address[10] == 0xFF && address[11] == 0xFF
    }

    private static func masked(_ bytes: [UInt8], _ prefix: Int) -> [UInt8] {
        bytes.enumerated().map { index, byte in
            let bits = min(8, max(0, prefix - index * 8))
            return bits == 0 ? 0 : byte & (~UInt8(0) << (8 - bits))
        }
    }

    package static var shape: Shape {
        .text(
            "network", expected: "a network such as 10.0.0.0/8 or 2001:db8::/32, or an address", example: "10.0.0.0/8",
            pattern: "^[0-9a-fA-F:.]+(/[0-9]{1,3})?$")
    }

    package var spelling: String { "\(IPText.text(bytes))/\(prefix)" }
    package var text: String { JSONText.quoted(spelling) }

    private enum Parsed {
        case network(CIDR)
        case hostBits(CIDR)
        case badPrefix(longest: Int)
        case unreadable
    }

    private static func parse(_ text: String) -> Parsed {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = parts.first, let bytes = IPText.bytes(address) else { return .unreadable }
        let longest = bytes.count * 8
        var prefix = longest
        if parts.count == 2 {
            guard (1...3).contains(parts[1].utf8.count), parts[1].utf8.allSatisfy(NumberLiteral.isDigit),
                let given = Int(parts[1]), given <= longest
            else { return .badPrefix(longest: longest) }
            prefix = given
        }
        if let network = CIDR(bytes: bytes, prefix: prefix) { return .network(network) }
        return CIDR(bytes: masked(bytes, prefix), prefix: prefix).map(Parsed.hostBits) ?? .unreadable
    }

    package static func read(_ node: Node, _ reading: inout Reading) -> CIDR? {
        guard let text = node.string else {
            reading.expected(CIDR.self, node)
            return nil
        }
        switch parse(text) {
        case .network(let network):
            return network
        case .hostBits(let network):
            reading.error(
                node.position,
                "\(Quoted.quote(text)) has bits set beyond its prefix; the network is \(network.spelling)")
        case .badPrefix(let longest):
            reading.expected("a prefix length from 0 to \(longest) behind the slash", node)
        case .unreadable:
            reading.expected(CIDR.self, node)
        }
        return nil
    }
}
