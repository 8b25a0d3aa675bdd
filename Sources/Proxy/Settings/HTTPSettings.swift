package import Settings

/// `http`: the public listeners.
package struct HTTPSettings: Section {
    package var listen = OneOrMany<ListenAddress>(.tcp(host: "0.0.0.0", port: 8080))
    package var timeouts = TimeoutSettings()
    package var limits = LimitSettings()
    package var trustedProxies: [CIDR] = []
    package var allowUnderscores = false
    package var tls = TLSSettings()

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
            "allowUnderscores", \.allowUnderscores,
            "fields with underscores in their names are passed on; else dropped, as some read `a_b` as `a-b`"),
        .section("tls", \.tls, "TLS towards clients"),
        .later("cors", "cross-origin requests of browsers"),
        .later("rateLimit", "requests a minute for each client address", protects: true),
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
