/// Where a Redis is: `redis://[user:password@]host[:port][/db]`, the same with `rediss://` for TLS, or
/// `unix:/path[?db=N]`.
package struct RedisEndpoint: SettingValue, Hashable {
    package enum Place: Sendable, Hashable {
        /// A name or an address without brackets.
        case tcp(host: String, port: Int)
        case unix(path: String)
    }

    package static let usualPort = 6379
    /// Redis has 16 databases unless it is told otherwise; this is far beyond what anybody tells it.
    package static let databases = 0...65_535

    package var place: Place
    package var isTLS: Bool
    package var username: String?
    package var password: Secret?
    package var db: Int?

    package init(_ place: Place, isTLS: Bool = false, username: String? = nil, password: Secret? = nil, db: Int? = nil)
    {
        self.place = place
        self.isTLS = isTLS
        self.username = username
        self.password = password
        self.db = db
    }

    package init?(_ text: String) {
        for (scheme, isTLS) in [("redis://", false), ("rediss://", true)] where text.hasPrefix(scheme) {
            guard let read = RedisEndpoint.server(text.dropFirst(scheme.count), isTLS: isTLS) else { return nil }
            self = read
            return
        }
        guard text.hasPrefix("unix:"), let read = RedisEndpoint.socket(text.dropFirst(5)) else { return nil }
        self = read
    }

    // MARK: reading

    private static func server(_ text: Substring, isTLS: Bool) -> RedisEndpoint? {
        var rest = text
        var result = RedisEndpoint(.unix(path: ""), isTLS: isTLS)
        // a password may hold an @ that somebody did not escape
        if let at = rest.lastIndex(of: "@") {
            let parts = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard let user = unescaped(parts[0]) else { return nil }
            result.username = user.isEmpty ? nil : user
            if parts.count == 2 {
                guard let password = unescaped(parts[1]) else { return nil }
                result.password = password.isEmpty ? nil : Secret(password)
            }
            rest = rest[rest.index(after: at)...]
        }
        if let slash = rest.firstIndex(of: "/") {
            let number = rest[rest.index(after: slash)...]
            if !number.isEmpty {
                guard let db = database(number) else { return nil }
                result.db = db
            }
            rest = rest[..<slash]
        }
        guard let place = hostAndPort(rest) else { return nil }
        result.place = place
        return result
    }

    private static func socket(_ text: Substring) -> RedisEndpoint? {
        var path = text.hasPrefix("//") ? text.dropFirst(2) : text
        var db: Int?
        if let question = path.firstIndex(of: "?") {
            let query = path[path.index(after: question)...]
            guard query.hasPrefix("db="), let number = database(query.dropFirst(3)) else { return nil }
            db = number
            path = path[..<question]
        }
        // sun_path holds 108 bytes, the last of them zero
        guard path.hasPrefix("/"), (2...107).contains(path.utf8.count), !path.utf8.contains(0) else { return nil }
        return RedisEndpoint(.unix(path: String(path)), db: db)
    }

    private static func hostAndPort(_ text: Substring) -> Place? {
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
            guard isName(host) else { return nil }
        }
        guard let digits else { return .tcp(host: host.lowercased(), port: usualPort) }
        guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy(NumberLiteral.isDigit),
            let port = Int(digits), (1...65_535).contains(port)
        else { return nil }
        return .tcp(host: host.lowercased(), port: port)
    }

    private static func isName(_ host: Substring) -> Bool {
        (1...253).contains(host.utf8.count)
            && host.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
                }
            }
    }

    private static func database(_ text: Substring) -> Int? {
        guard (1...5).contains(text.utf8.count), text.utf8.allSatisfy(NumberLiteral.isDigit), let number = Int(text)
        else { return nil }
        return databases.contains(number) ? number : nil
    }

    /// `%40` is `@`; nil where a percent sign stands before anything but two digits.
    private static func unescaped(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(NumberLiteral.hexDigit),
                let low = rest.popFirst().flatMap(NumberLiteral.hexDigit)
            else { return nil }
            bytes.append(UInt8(high) << 4 | UInt8(low))
        }
        return String(validating: bytes, as: UTF8.self)
    }

    // MARK: writing

    /// As it may be shown: without a password.
    package var spelling: String { written(isShown: true) }

    package var text: String { JSONText.quoted(written(isShown: false)) }

    private func written(isShown: Bool) -> String {
        switch place {
        case .unix(let path): return "unix:\(path)" + (db.map { "?db=\($0)" } ?? "")
        case .tcp(let host, let port):
            var text = isTLS ? "rediss://" : "redis://"
            if let username { text += RedisEndpoint.escaped(username) }
            if let password { text += ":" + (isShown ? "***" : RedisEndpoint.escaped(password.value)) }
            if username != nil || password != nil { text += "@" }
            text += host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
            return text + (port == RedisEndpoint.usualPort ? "" : ":\(port)") + (db.map { "/\($0)" } ?? "")
        }
    }

    private static func escaped(_ text: String) -> String {
        text.utf8.reduce(into: "") { text, byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                text += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
    }

    package static var shape: Shape {
        .text(
            "Redis address",
            expected: "an address such as redis://10.0.2.10:6379/0, rediss://... or unix:/run/redis.sock",
            example: "redis://10.0.2.10:6379")
    }

    package static func read(_ node: Node, _ reading: inout Reading) -> RedisEndpoint? {
        // said without the value: there may be a password in it
        guard let text = node.string, let endpoint = RedisEndpoint(text) else {
            reading.error(node.position, "expected \(shape.expected)")
            return nil
        }
        return endpoint
    }
}
