package import Settings

/// Replicas by name: `host:port`, a host alone (its port is that of `admin.listen`), an address, or `unix:/path`. A
/// host stands for all of its addresses, so that one DNS name may stand for all replicas.
package enum PeerName: SettingValue, Hashable {
    case host(String, port: Int?)
    case unix(path: String)

    package static var shape: Shape {
        .text(
            "replica", expected: "a replica such as 10.0.0.2:18790, clawproxy-peers, [2001:db8::2]:18790 or unix:/path",
            example: "clawproxy-peers:18790")
    }

    package var spelling: String {
        switch self {
        case .unix(let path): "unix:\(path)"
        case .host(let host, let port):
            (host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host) + (port.map { ":\($0)" } ?? "")
        }
    }

    package var text: String { JSONText.quoted(spelling) }

    package init?(_ text: String) {
        switch ListenAddress(text) {
        case .unix(let path): self = .unix(path: path)
        case .tcp(let host, let port): self = .host(host, port: port)
        case nil:
            // no port was given: with one the text must be an address
            guard !text.hasPrefix("unix:"), case .tcp(let host, _) = ListenAddress(text + ":1") else { return nil }
            self = .host(host, port: nil)
        }
        if case .host(let host, let port) = self, host == "0.0.0.0" || host == "::" || port == 0 { return nil }
    }

    package static func read(_ node: Node, _ reading: inout Reading) -> PeerName? {
        if let text = node.string, let name = PeerName(text) { return name }
        reading.expected(PeerName.self, node)
        return nil
    }
}

/// What holds for `admin.peers` as a whole.
package enum PeerCheck {
    /// A change asks each of them, twice over; more than these are not one group any more.
    static let most = 64

    package static func check(_ peers: OneOrMany<PeerName>) -> String? {
        if peers.values.count > most { return "expected at most \(most) replicas, found \(peers.values.count)" }
        var seen: Set<PeerName> = []
        guard let twice = peers.values.first(where: { !seen.insert($0).inserted }) else { return nil }
        return "names \(Quoted.quote(twice.spelling)) twice; keep one"
    }
}
