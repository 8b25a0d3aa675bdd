package import Settings

/// `http`: the public listeners.
package struct HTTPSettings: Section {
    package var listen = OneOrMany<ListenAddress>(.tcp(host: "0.0.0.0", port: 8080))
    package var timeouts = TimeoutSettings()
    package var limits = LimitSettings()
    package var trustedProxies: [CIDR] = []
    package var allowUnderscores = false
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
            "allowUnderscores", \.allowUnderscores,
            "fields with underscores in their names are passed on; else dropped, as some read `a_b` as `a-b`"),
        .later("tls", "TLS towards clients", protects: true),
        .later("cors", "cross-origin requests of browsers"),
        .section("rateLimit", \.rateLimit, "how many requests each client may send, over all rules"),
    ]
}
