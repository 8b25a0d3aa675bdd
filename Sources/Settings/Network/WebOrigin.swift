/// Pages that may ask from a browser, by their origin (RFC 6454): `https://app.example.com`, with one label open
/// `https://*.example.com`, `null` for pages without one (files, sandboxes), `*` for all.
package enum WebOrigin: SettingValue, Hashable {
    case all
    /// As browsers write it: lower case, without the port that is the scheme's own.
    case exact(String)
    /// `scheme://`, any one label, and what follows from its dot on.
    case label(scheme: String, rest: String)

    package init?(_ text: String) {
        guard let parsed = WebOrigin.parse(text) else { return nil }
        self = parsed
    }

    package static var shape: Shape {
        .text(
            "origin", expected: "an origin such as https://app.example.com, https://*.example.com, null, or *",
            example: "https://app.example.com", pattern: "^(\\*|null|[A-Za-z][A-Za-z0-9+.-]*://[^/?#]+)$")
    }

    package var spelling: String {
        switch self {
        case .all: "*"
        case .exact(let text): text
        case .label(let scheme, let rest): "\(scheme)*\(rest)"
        }
    }

    package var text: String { JSONText.quoted(spelling) }

    package static func read(_ node: Node, _ reading: inout Reading) -> WebOrigin? {
        guard let text = node.string else {
            reading.expected(WebOrigin.self, node)
            return nil
        }
        if let origin = parse(text) { return origin }
        if text.hasSuffix("/"), let origin = parse(String(text.dropLast())) {
            reading.error(
                node.position, "\(Quoted.quote(text)) has a slash behind it, which no origin has; write \(origin.text)")
        } else {
            reading.expected(WebOrigin.self, node)
        }
        return nil
    }

    private static func parse(_ text: String) -> WebOrigin? {
        if text == "*" { return .all }
        if text == "null" { return .exact(text) }
        guard text.utf8.count <= 512, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { return nil }
        let lower = text.lowercased()
        guard let mark = lower.firstRange(of: "://") else { return nil }
        let scheme = lower[..<mark.lowerBound]
        guard let first = scheme.utf8.first, (0x61...0x7a).contains(first),
            scheme.utf8.allSatisfy({ isSchemeByte($0) })
        else { return nil }
        var authority = lower[mark.upperBound...]
        let isOpen = authority.hasPrefix("*.")
        if isOpen { authority = authority.dropFirst(2) }
        guard let place = place(authority, scheme) else { return nil }
        if isOpen {
            // an address has no labels, and a name of one label is a whole domain of the internet
            guard !place.hasPrefix("["), place.contains(".") || place.hasPrefix("localhost") else { return nil }
            return .label(scheme: "\(scheme)://", rest: ".\(place)")
        }
        return .exact("\(scheme)://\(place)")
    }

    /// `host[:port]`, without the port that needs no telling.
    private static func place(_ authority: Substring, _ scheme: Substring) -> Substring? {
        var host = authority
        var port: Substring?
        if authority.hasPrefix("[") {
            guard let close = authority.firstIndex(of: "]"),
                IPText.bytes(authority[authority.index(after: authority.startIndex)..<close])?.count == 16
            else { return nil }
            host = authority[...close]
            let rest = authority[authority.index(after: close)...]
            if !rest.isEmpty {
                guard rest.hasPrefix(":") else { return nil }
                port = rest.dropFirst()
            }
        } else {
            if let colon = authority.firstIndex(of: ":") {
                host = authority[..<colon]
                port = authority[authority.index(after: colon)...]
            }
            guard !host.isEmpty, host.utf8.allSatisfy({ isHostByte($0) }), !host.hasPrefix("."), !host.contains("..")
            else { return nil }
        }
        guard let port else { return host }
        guard (1...5).contains(port.utf8.count), port.utf8.allSatisfy(NumberLiteral.isDigit), let number = Int(port),
            (1...65535).contains(number)
        else { return nil }
        let isOwn = (scheme == "https" && number == 443) || (scheme == "http" && number == 80)
        return isOwn ? host : Substring("\(host):\(number)")
    }

    private static func isSchemeByte(_ byte: UInt8) -> Bool {
        (0x61...0x7a).contains(byte) || NumberLiteral.isDigit(byte) || byte == 0x2b || byte == 0x2d || byte == 0x2e
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        (0x61...0x7a).contains(byte) || NumberLiteral.isDigit(byte) || byte == 0x2d || byte == 0x2e || byte == 0x5f
    }
}
