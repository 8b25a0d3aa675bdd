/// Where a Redis is: `redis://[user:password@]host[:port][/db]`, the same with `rediss://` for TLS,
/// `unix:/path[?db=N]`, or where its sentinels are: `redis+sentinel://[user:password@]host[:port],.../NAME[/db]`.
package struct RedisEndpoint: SettingValue, Hashable {
    package enum Place: Sendable, Hashable {
        /// A name or an address without brackets.
        case tcp(host: String, port: Int)
        case unix(path: String)
        /// Sentinels, any of which knows the master of this name.
        case sentinel([RedisHost], master: String)
    }

    package static let usualPort = 6379
    package static let usualSentinelPort = 26_379
    package static let mostSentinels = 16
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
        for (name, isTLS) in [("redis", false), ("rediss", true)] where text.hasPrefix(name) {
            let rest = text.dropFirst(name.count)
            if rest.hasPrefix("://"), let read = RedisEndpoint.server(rest.dropFirst(3), isTLS: isTLS) {
                self = read
                return
            }
            if rest.hasPrefix("+sentinel://"), let read = RedisEndpoint.sentinels(rest.dropFirst(12), isTLS: isTLS) {
                self = read
                return
            }
        }
        guard text.hasPrefix("unix:"), let read = RedisEndpoint.socket(text.dropFirst(5)) else { return nil }
        self = read
    }

    // MARK: reading

    private static func server(_ text: Substring, isTLS: Bool) -> RedisEndpoint? {
        var rest = text
        var result = RedisEndpoint(.unix(path: ""), isTLS: isTLS)
        guard result.takeLogin(&rest) else { return nil }
        if let slash = rest.firstIndex(of: "/") {
            guard result.takeDatabase(rest[rest.index(after: slash)...]) else { return nil }
            rest = rest[..<slash]
        }
        guard let host = RedisHost(rest, port: usualPort) else { return nil }
        result.place = .tcp(host: host.name, port: host.port)
        return result
    }

    private static func sentinels(_ text: Substring, isTLS: Bool) -> RedisEndpoint? {
        var rest = text
        var result = RedisEndpoint(.unix(path: ""), isTLS: isTLS)
        guard result.takeLogin(&rest) else { return nil }
        let parts = rest.split(separator: "/", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), let name = unescaped(parts[1]), !name.isEmpty,
            parts.count == 2 || result.takeDatabase(parts[2])
        else { return nil }
        let texts = parts[0].split(separator: ",", omittingEmptySubsequences: false)
        let hosts = texts.compactMap { RedisHost($0, port: usualSentinelPort) }
        guard hosts.count == texts.count, hosts.count <= mostSentinels else { return nil }
        result.place = .sentinel(hosts, master: name)
        return result
    }

    /// Takes `user:password@` off; false where it cannot be read.
    private mutating func takeLogin(_ rest: inout Substring) -> Bool {
        // a password may hold an @ that somebody did not escape
        guard let at = rest.lastIndex(of: "@") else { return true }
        let parts = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let user = Self.unescaped(parts[0]) else { return false }
        username = user.isEmpty ? nil : user
        if parts.count == 2 {
            guard let text = Self.unescaped(parts[1]) else { return false }
            password = text.isEmpty ? nil : Secret(text)
        }
        rest = rest[rest.index(after: at)...]
        return true
    }

    private mutating func takeDatabase(_ number: Substring) -> Bool {
        guard !number.isEmpty else { return true }
        db = Self.database(number)
        return db != nil
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
        var text = isTLS ? "rediss" : "redis"
        let number = db.map { "/\($0)" } ?? ""
        switch place {
        case .unix(let path): return "unix:\(path)" + (db.map { "?db=\($0)" } ?? "")
        case .tcp(let host, let port):
            text += "://\(login(isShown))"
            return text + RedisHost(host, port).written(usual: RedisEndpoint.usualPort) + number
        case .sentinel(let hosts, let master):
            let written = hosts.map { $0.written(usual: RedisEndpoint.usualSentinelPort) }
            text += "+sentinel://\(login(isShown))\(written.joined(separator: ","))"
            return "\(text)/\(RedisEndpoint.escaped(master))\(number)"
        }
    }

    private func login(_ isShown: Bool) -> String {
        var text = username.map(RedisEndpoint.escaped) ?? ""
        if let password { text += ":" + (isShown ? "***" : RedisEndpoint.escaped(password.value)) }
        return text.isEmpty && username == nil ? "" : text + "@"
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
            expected: "an address such as redis://10.0.2.10:6379/0, rediss://..., unix:/run/redis.sock or "
                + "redis+sentinel://10.0.2.10,10.0.2.11/NAME",
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
