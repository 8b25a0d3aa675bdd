/// Where to listen: `0.0.0.0:8080`, `[::]:8080` (both families), `:8080` (the same), `localhost:8080`, `unix:/path`.
package enum ListenAddress: SettingValue, Hashable {
    /// The host without brackets: a name, an IPv4 or an IPv6 address. Port 0 lets the system choose.
    case tcp(host: String, port: Int)
    case unix(path: String)

    /// Longest path of a Unix socket: `sun_path` without its final zero.
    package static let longestPath = 107

    package static var shape: Shape {
        .text(
            "address", expected: "an address such as 0.0.0.0:8080, [::]:8080, :8080 or unix:/path",
            example: "0.0.0.0:8080", pattern: "^(unix:/.+|.*:[0-9]{1,5})$")
    }

    package var spelling: String {
        switch self {
        case .unix(let path): "unix:\(path)"
        case .tcp(let host, let port): host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
    }

    package var text: String { JSONText.quoted(spelling) }

    /// Whether both want the same TCP port, whatever their hosts. Port 0 is another one each time.
    package func sharesPort(with other: ListenAddress) -> Bool {
        guard case .tcp(_, let port) = self, case .tcp(_, let wanted) = other else { return false }
        return port == wanted && port != 0
    }

    package static func read(_ node: Node, _ reading: inout Reading) -> ListenAddress? {
        guard let text = node.string else {
            reading.expected(ListenAddress.self, node)
            return nil
        }
        switch parse(text) {
        case .success(let address): return address
        case .failure(.unreadable): reading.expected(ListenAddress.self, node)
        case .failure(.wrong(let what)): reading.expected(what, node)
        }
        return nil
    }

    package init?(_ text: String) {
        guard case .success(let address) = ListenAddress.parse(text) else { return nil }
        self = address
    }

    private enum Wrong: Error {
        case unreadable
        case wrong(String)
    }

    private static func parse(_ text: String) -> Result<ListenAddress, Wrong> {
        if text.hasPrefix("unix:") { return unix(String(text.dropFirst(5))) }
        guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")) else { return .failure(.unreadable) }
        let host = text[..<colon]
        let port = text[text.utf8.index(after: colon)...]
        guard (1...5).contains(port.utf8.count), port.utf8.allSatisfy(NumberLiteral.isDigit), let number = Int(port),
            number <= 65535
        else { return .failure(.wrong("a port from 0 to 65535 behind the last colon")) }
        if host.isEmpty { return .success(.tcp(host: "::", port: number)) }
        if host.utf8.contains(UInt8(ascii: ":")) || host.hasPrefix("[") {
            guard host.hasPrefix("["), host.hasSuffix("]"), IPText.bytes(host.dropFirst().dropLast())?.count == 16
            else {
                return .failure(.wrong("an IPv6 address in brackets, such as [::1]:8080"))
            }
            return .success(.tcp(host: String(host.dropFirst().dropLast()), port: number))
        }
        return isHost(host) ? .success(.tcp(host: String(host), port: number)) : .failure(.unreadable)
    }

    private static func unix(_ path: String) -> Result<ListenAddress, Wrong> {
        guard path.hasPrefix("/"), !path.utf8.contains(0) else {
            return .failure(.wrong("an absolute path such as unix:/run/clawproxy.sock"))
        }
        guard path.utf8.count <= longestPath else {
            return .failure(.wrong("a socket path of at most \(longestPath) bytes"))
        }
        return .success(.unix(path: path))
    }

    /// An IPv4 address, or a name of letters, digits, hyphens, underscores and dots (RFC 1123 section 2.1). What is all
    /// digits and dots must be an address.
    private static func isHost(_ host: Substring) -> Bool {
        if host.utf8.allSatisfy({ NumberLiteral.isDigit($0) || $0 == UInt8(ascii: ".") }) {
            return IPText.bytes(host) != nil
        }
        guard host.utf8.count <= 253 else { return false }
        return host.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                && label.utf8.allSatisfy { byte in
                    NumberLiteral.isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                        || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
                }
        }
    }
}
