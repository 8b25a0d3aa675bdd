internal import Settings

/// Whom a client of TLS means: what the peer's certificate must bear.
package enum TLSPeerName: Sendable, Hashable, CustomStringConvertible {
    /// Asked for by SNI (RFC 6066 3), too.
    case host(String)
    /// An IPv4 or IPv6 address; never in SNI.
    case address(String)

    package init(_ text: String) {
        if let bytes = IPText.bytes(text) {
            self = .address(IPText.text(bytes))
        } else {
            let name = text.lowercased()
            self = .host(name.hasSuffix(".") ? String(name.dropLast()) : name)
        }
    }

    package var description: String {
        switch self {
        case .host(let name), .address(let name): name
        }
    }
}
