package import Settings

/// `http.proxyProtocol`: listeners whose connections begin with a PROXY header.
package struct ProxyProtocolSettings: Section {
    package var listen = OneOrMany<ListenAddress>([])
    package var from: [CIDR] = []

    package init() {}

    package static let keys: [Key<ProxyProtocolSettings>] = [
        .value("listen", \.listen, "which addresses of `http.listen`; absent: all of them, and `http.tls.redirectFrom`"),
        .value(
            "from", \.from,
            "load balancers that send a PROXY header (version 1 or 2) in front of each connection; theirs alone are "
                + "taken there, those of others are closed. Empty: off"),
    ]

    package static func check(_ value: ProxyProtocolSettings, _ node: Node, _ reading: inout Reading) {
        guard value.from.isEmpty, !value.listen.isEmpty else { return }
        reading.error(
            node.position,
            "names no network in `from`: the header is believed from nobody by default; expected the addresses of the "
                + "load balancer, such as [\"10.0.0.0/8\"]")
    }
}

/// Which field of a trusted peer tells who its client is.
package enum ForwardedField: String, Variant {
    /// `X-Forwarded-For`, and where there is none `Forwarded`.
    case any
    case xForwardedFor = "x-forwarded-for"
    case forwarded

    package static var noun: String { "field" }
}
