package import Settings

/// Where DNS is asked: an IP address and a port, written `10.0.0.2`, `10.0.0.2:5353`, `[2001:db8::1]:5353` or
/// `fe80::1%eth0`.
package struct NameServer: SettingValue, Hashable {
    package static let usualPort = 53

    /// 4 or 16 bytes.
    package var address: [UInt8]
    /// The link of a link-local address, by name or number (RFC 4007, 11).
    package var scope: String?
    package var port: Int

    package init(address: [UInt8], scope: String? = nil, port: Int = NameServer.usualPort) {
        self.address = address
        self.scope = scope
        self.port = port
    }

    package init?(_ text: String) {
        if let (address, scope) = NameServer.host(text[...]) {
            self.init(address: address, scope: scope)
            return
        }
        guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")) else { return nil }
        var host = text[..<colon]
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        if isBracketed { host = host.dropFirst().dropLast() }
        let digits = text[text.utf8.index(after: colon)...]
        guard let (address, scope) = NameServer.host(host), isBracketed == (address.count == 16),
            (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let port = Int(digits), (1...65_535).contains(port)
        else { return nil }
        self.init(address: address, scope: scope, port: port)
    }

    /// An address alone, and its scope.
    package static func host(_ text: Substring) -> (address: [UInt8], scope: String?)? {
        guard let percent = text.firstIndex(of: "%") else { return IPText.bytes(text).map { ($0, nil) } }
        let scope = text[text.index(after: percent)...]
        // IF_NAMESIZE is 16, a final zero included
        guard let address = IPText.bytes(text[..<percent]), address.count == 16, (1...15).contains(scope.utf8.count),
            scope.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "]") && $0 != UInt8(ascii: "/") })
        else { return nil }
        return (address, String(scope))
    }

    /// The port is left out where it is the usual one.
    package var spelling: String {
        let host = IPText.text(address) + (scope.map { "%\($0)" } ?? "")
        if port == NameServer.usualPort { return host }
        return address.count == 16 ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    package static var shape: Shape {
        .text(
            "name server", expected: "an IP address such as 10.0.0.2, 10.0.0.2:5353 or [2001:db8::1]:5353",
            example: "10.0.0.2")
    }

    package var text: String { JSONText.quoted(spelling) }

    package static func read(_ node: Node, _ reading: inout Reading) -> NameServer? {
        guard let server = node.string.flatMap({ NameServer($0) }) else {
            reading.expected(NameServer.self, node)
            return nil
        }
        return server
    }
}
