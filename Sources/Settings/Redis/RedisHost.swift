/// A host and a port of a Redis, or of one of its sentinels.
package struct RedisHost: Sendable, Hashable {
    /// A name or an address without brackets.
    package var name: String
    package var port: Int

    package init(_ name: String, _ port: Int) {
        self.name = name
        self.port = port
    }

    /// Of `name`, `name:port`, `[address]:port`.
    init?(_ text: Substring, port usual: Int) {
        var host = text
        var digits: Substring?
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":"), IPText.bytes(host)?.count == 16 else { return nil }
            digits = rest.isEmpty ? nil : rest.dropFirst()
        } else {
            if let colon = text.firstIndex(of: ":") {
                host = text[..<colon]
                digits = text[text.index(after: colon)...]
            }
            guard Self.isName(host) else { return nil }
        }
        self.init(host.lowercased(), usual)
        guard let digits else { return }
        guard let port = Self.port(digits) else { return nil }
        self.port = port
    }

    /// As a Redis tells of another: `host:port`, an IPv6 address without brackets. The host may be empty.
    package init?(told text: some StringProtocol) {
        guard let colon = text.lastIndex(of: ":"), let port = Self.port(text[text.index(after: colon)...]) else {
            return nil
        }
        let host = text[..<colon]
        guard host.isEmpty || Self.isName(host) || IPText.bytes(host)?.count == 16 else { return nil }
        self.init(host.lowercased(), port)
    }

    package var spelling: String { written(usual: 0) }

    /// Without the port where that is the usual one.
    func written(usual: Int) -> String {
        let host = name.utf8.contains(UInt8(ascii: ":")) ? "[\(name)]" : name
        return port == usual ? host : "\(host):\(port)"
    }

    private static func port(_ digits: some StringProtocol) -> Int? {
        guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy(NumberLiteral.isDigit),
            let port = Int(digits), (1...65_535).contains(port)
        else { return nil }
        return port
    }

    private static func isName(_ host: some StringProtocol) -> Bool {
        (1...253).contains(host.utf8.count)
            && host.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
                }
            }
    }
}
