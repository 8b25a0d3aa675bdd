package import Settings

/// `http`: the public listeners.
package struct HTTPSettings: Section {
    package var listen = OneOrMany<ListenAddress>(.tcp(host: "0.0.0.0", port: 8080))
    package var timeouts = TimeoutSettings()
    package var limits = LimitSettings()
    package var trustedProxies: [CIDR] = []
    package var forwardedField = ForwardedField.any
    package var proxyProtocol = ProxyProtocolSettings()
    package var access = AddressListSettings()
    package var cors = CORSSettings()
    package var securityHeaders = SecurityHeaderSettings()
    package var allowUnderscores = false
    package var tls = TLSSettings()
    package var rateLimit: RateLimitSettings?

    package init() {}

    package static let keys: [Key<HTTPSettings>] = [
        .value(
            "listen", \.listen,
            "one address or a list, `host:port` or `unix:/path`; `[::]` is both families", applies: .listener),
        .section("timeouts", \.timeouts, "how long each phase may take or be silent"),
        .section("limits", \.limits, "bounds on what a client may send and open"),
        .value(
            "trustedProxies", \.trustedProxies,
            "peers whose `X-Forwarded-*` fields are believed; those of others are replaced"),
        .value(
            "forwardedField", \.forwardedField,
            "which field of such a peer tells who its client is: `x-forwarded-for`, `forwarded`, or `any`: the first of "
                + "these that is there. Name the one that your proxies write, where they pass the other on unseen"),
        .section("proxyProtocol", \.proxyProtocol, "load balancers that tell the client's address by a PROXY header"),
        .section("access", \.access, "client addresses that may ask at all; a rule's `access` is looked at besides"),
        .value(
            "allowUnderscores", \.allowUnderscores,
            "fields with underscores in their names are passed on; else dropped, as some read `a_b` as `a-b`"),
        .section("tls", \.tls, "TLS towards clients"),
        .section("cors", \.cors, "pages of other sites that may ask from browsers; a rule's `cors` comes before"),
        .section("securityHeaders", \.securityHeaders, "fields that protect browsers, on every answer"),
        .section("rateLimit", \.rateLimit, "how many requests each client may send, over all rules"),
    ]

    package static func check(_ value: HTTPSettings, _ node: Node, _ reading: inout Reading) {
        for address in value.tls.listen?.values ?? [] where !value.listen.values.contains(address) {
            reading.under("tls") {
                $0.under("listen") {
                    $0.error(
                        node["tls"]?["listen"]?.position ?? node.position,
                        "\(address.spelling) is not among http.listen; spell it as there, or add it there")
                }
            }
        }
    }
}
