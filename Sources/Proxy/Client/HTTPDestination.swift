package import NIOCore

/// Where an HTTP server is reached, by whom it is known, and what it is called.
package struct HTTPDestination: Sendable, Hashable {
    package enum Place: Sendable, Hashable {
        /// Tried in turn.
        case addresses([SocketAddress])
        /// A name that the system resolves, or an address.
        case host(String, port: Int)
        case unix(path: String)
    }

    package struct TLS: Sendable, Hashable {
        let context: TLSClientContext
        let name: TLSPeerName

        package init(_ context: TLSClientContext, name: TLSPeerName) {
            self.context = context
            self.name = name
        }

        package static func == (one: TLS, two: TLS) -> Bool { one.context === two.context && one.name == two.name }

        package func hash(into hasher: inout Hasher) {
            hasher.combine(ObjectIdentifier(context))
            hasher.combine(name)
        }
    }

    package var place: Place
    package var tls: TLS?
    /// HTTP/2 is spoken with it: by ALPN over TLS, as `tls` offers it, else with prior knowledge.
    package var isHTTP2 = false
    /// What `Host` says.
    package var authority: String

    package init(_ place: Place, tls: TLS? = nil, authority: String) {
        self.place = place
        self.tls = tls
        self.authority = authority
    }
}
