package import Settings

/// `admin`: the listener for operators and the command line.
package struct AdminSettings: Section {
    package var listen = ListenAddress.tcp(host: "127.0.0.1", port: 18790)
    package var token: Secret?
    package var writesPerMinute = 30
    package var peers: OneOrMany<PeerName>?
    package var `guard`: GuardSettings?

    package init() {}

    package static let keys: [Key<AdminSettings>] = [
        .value("listen", \.listen, "address, `host:port` or `unix:/path`", applies: .listener),
        .value(
            "token", \.token,
            "needed by changes, and by reads from elsewhere than loopback; absent: made at the first start and kept"
                + " beside the user file", secret: true),
        .value(
            "writesPerMinute", \.writesPerMinute, "changes a minute; 0 is no limit",
            check: Check.range(0...1_000_000)),
        .value(
            "peers", \.peers,
            "all replicas, by the addresses of their admin listeners or one DNS name that stands for them: `config patch --all`",
            check: { $0.flatMap(PeerCheck.check) }),
        .section("guard", \.guard, "a change is taken back by itself when the answers get worse"),
    ]
}

/// `secrets`: what the proxy signs and hashes with.
package struct SecretsSettings: Section {
    package var hmac: Secret?

    package init() {}

    package static let keys: [Key<SecretsSettings>] = [
        .value(
            "hmac", \.hmac, "signs cookies and keys; absent: made and kept; replicas must share it", secret: true,
            applies: .restart)
    ]
}
