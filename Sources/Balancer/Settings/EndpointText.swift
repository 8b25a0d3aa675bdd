import Settings

/// The written form of an endpoint, taken apart. What it holds goes to a resolver and into `Host`, so it is strict.
enum EndpointText {
    struct Wrong: Error, Equatable {
        var message: String
    }

    /// `sun_path` holds 108 bytes, the last of them zero.
    static let longestPath = 107

    static func parse(_ written: String) -> Result<Endpoint, Wrong> {
        if let path = written.after("unix://") ?? written.after("unix:") { return socket(path) }
        if let rest = written.after("http://") { return server(rest, isTLS: false) }
        if let rest = written.after("https://") { return server(rest, isTLS: true) }
        return wrong("expected http://host:port, https://host:port or unix:/path, found \(Quoted.quote(written))")
    }

    private static func socket(_ path: String) -> Result<Endpoint, Wrong> {
        guard path.utf8.first == UInt8(ascii: "/"), path.utf8.count > 1 else {
            return wrong("expected an absolute path after unix:, found \(Quoted.quote(path))")
        }
        guard path.utf8.count <= longestPath else {
            return wrong("expected a path of at most \(longestPath) bytes, found \(path.utf8.count); use a shorter one")
        }
        guard !path.utf8.contains(0) else { return wrong("expected a path without NUL") }
        return .success(Endpoint(.unix(path: path)))
    }

    private static func server(_ rest: String, isTLS: Bool) -> Result<Endpoint, Wrong> {
        var authority = Substring(rest)
        if authority.last == "/" { authority.removeLast() }
        if authority.contains("@") {
            return wrong("expected no user or password in an endpoint; put credentials where requests carry them")
        }
        if let extra = authority.first(where: { $0 == "/" || $0 == "?" || $0 == "#" }) {
            return wrong("expected host:port alone, found '\(extra)' after it; a rule's `rewrite` changes paths")
        }
        return hostAndPort(authority, defaultPort: isTLS ? 443 : 80).map { host, port in
            Endpoint(.tcp(host: host, port: port), isTLS: isTLS)
        }
    }

    private static func hostAndPort(_ text: Substring, defaultPort: Int) -> Result<(String, Int), Wrong> {
        var host = text
        var portText: Substring?
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { return wrong("expected ']' after the IPv6 address") }
            host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.first == ":" else {
                return wrong("expected ':port' after ']', found \(Quoted.quote(String(rest)))")
            }
            portText = rest.isEmpty ? nil : rest.dropFirst()
            guard IPText.bytes(host)?.count == 16 else {
                return wrong("expected an IPv6 address in brackets, found \(Quoted.quote(String(host)))")
            }
        } else if let colon = text.firstIndex(of: ":") {
            host = text[..<colon]
            portText = text[text.index(after: colon)...]
            guard !(portText ?? "").contains(":") else {
                return wrong("expected brackets around an IPv6 address, such as http://[::1]:9090")
            }
        }
        guard !host.isEmpty else { return wrong("expected a host, found none") }
        guard text.first == "[" || isName(host) else {
            return wrong("expected a host name or address, found \(Quoted.quote(String(host)))")
        }
        guard let portText else { return .success((host.lowercased(), defaultPort)) }
        guard let port = port(portText) else {
            return wrong("expected a port from 1 to 65535, found \(Quoted.quote(String(portText)))")
        }
        return .success((host.lowercased(), port))
    }

    private static func port(_ text: Substring) -> Int? {
        let isNumber = text.utf8.allSatisfy { (0x30...0x39).contains($0) }
        guard isNumber, (1...5).contains(text.utf8.count) else { return nil }
        return Int(text).flatMap { (1...65_535).contains($0) ? $0 : nil }
    }

    /// Names of machines, with the underscore that container names have (RFC 1123, 2.1, is stricter).
    private static func isName(_ host: Substring) -> Bool {
        // What ends in a number is an address (WHATWG URL, 3.5), so 10.0.0.999 is no name.
        if let last = host.split(separator: ".").last, last.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            return IPText.bytes(host) != nil
        }
        return host.utf8.count <= 253
            && host.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
                }
            }
    }

    private static func wrong<V>(_ message: String) -> Result<V, Wrong> { .failure(Wrong(message: message)) }
}

extension String {
    /// The rest after a beginning, whose letters may be of either case.
    fileprivate func after(_ beginning: String) -> String? {
        guard utf8.count >= beginning.utf8.count else { return nil }
        let head = utf8.prefix(beginning.utf8.count)
        let isThere = zip(head, beginning.utf8).allSatisfy { ($0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0) == $1 }
        return isThere ? String(utf8.dropFirst(beginning.utf8.count)) : nil
    }
}
