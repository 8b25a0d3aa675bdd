package import Settings

/// `admin`: the listener for operators and the command line.
package struct AdminSettings: Section {
    package var listen = ListenAddress.tcp(host: "127.0.0.1", port: 18790)
    package var token: Secret?
    package var writesPerMinute = 30

    package init() {}

    package static var keys: [Key<AdminSettings>] {
        [
            .value("listen", \.listen, "address, `host:port` or `unix:/path`", applies: .restart),
            .value(
                "token", \.token,
                "needed by changes, and by reads from elsewhere than loopback; absent: made at the first start and kept"
                    + " beside the user file", secret: true),
            .value(
                "writesPerMinute", \.writesPerMinute, "changes a minute; 0 is no limit",
                check: Check.range(0...1_000_000)),
            .later("peers", "other replicas that a change is passed on to"),
            .later("guard", "a change is taken back when the answers get worse"),
        ]
    }
}

/// `secrets`: what the proxy signs and hashes with.
package struct SecretsSettings: Section {
    package var hmac: Secret?

    package init() {}

    package static var keys: [Key<SecretsSettings>] {
        [
            .value(
                "hmac", \.hmac, "signs cookies and keys; absent: made and kept; replicas must share it", secret: true,
                applies: .restart)
        ]
    }
}
