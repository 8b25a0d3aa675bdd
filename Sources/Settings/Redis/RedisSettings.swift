/// A Redis, for what replicas share: how it is reached, and how long anybody waits for it.
package struct RedisSettings: Section {
    /// Nil: no Redis.
    package var endpoint: RedisEndpoint?
    package var username: String?
    package var password: Secret?
    package var db: Int?
    package var timeout = Duration.milliseconds(20)
    package var connectTimeout = Duration.seconds(1)
    package var maxPending = 1024
    package var tls = RedisTLSSettings()
    package var sentinel = RedisSentinelSettings()

    package init() {}

    package static let keys: [Key<RedisSettings>] = [
        .value(
            "endpoint", \.endpoint,
            "where it is: `redis://host:port/db`, `rediss://` for TLS, `unix:/path`, or "
                + "`redis+sentinel://host:port,host:port/NAME` for the master that sentinels know by that name. Of a "
                + "cluster: any node; the others are learnt",
            secret: true, aliases: ["url"]),
        .value("username", \.username, "whom to log in as, of an ACL; before one in the address"),
        .value("password", \.password, "what to log in with; before one in the address", secret: true),
        .value(
            "db", \.db, "the number of the database; before one in the address",
            check: Check.range(RedisEndpoint.databases)),
        .value(
            "timeout", \.timeout, "a command is waited for so long; then the proxy goes on without its answer",
            unit: .milliseconds, check: Check.positive),
        .value(
            "connectTimeout", \.connectTimeout, "how long connecting and logging in may take", check: Check.positive),
        .value(
            "maxPending", \.maxPending, "commands of a loop that are under way at most; more are refused",
            check: Check.range(1...1_000_000)),
        .section("tls", \.tls, "how a `rediss://` server is known"),
        .section("sentinel", \.sentinel, "how to log in to the sentinels of a `redis+sentinel://` address"),
    ]

    package static func check(_ value: RedisSettings, _ node: Node, _ reading: inout Reading) {
        guard value.endpoint == nil, !(node.members ?? []).isEmpty else { return }
        reading.warn(node.position, "names no `endpoint`, so no Redis is used; add for example redis://10.0.2.10:6379")
    }

    /// What counts of the two places where it can be said.
    package var user: String? { username ?? endpoint?.username }
    package var secret: Secret? {
        if let password, !password.value.isEmpty { return password }
        return endpoint?.password
    }
    package var database: Int { db ?? endpoint?.db ?? 0 }
}

/// The key `tls` of a Redis.
package struct RedisTLSSettings: Section, Hashable {
    package var caFile: String?
    package var certFile: String?
    package var keyFile: String?
    package var serverName: String?
    package var verify = true

    package init() {}

    package static let keys: [Key<RedisTLSSettings>] = [
        .value(
            "caFile", \.caFile,
            "certificates (PEM) that the server's must come from; absent: those that the system trusts",
            check: Check.absolutePath),
        .value(
            "certFile", \.certFile, "the certificate (PEM) shown to a server that asks for one",
            check: Check.absolutePath),
        .value(
            "keyFile", \.keyFile, "the private key (PEM, no passphrase) of `certFile`; absent: it stands there too",
            check: Check.absolutePath),
        .value(
            "serverName", \.serverName, "the name that the server's certificate must bear; absent: that of the address"),
        .value(
            "verify", \.verify,
            "false: any certificate is taken, so whoever stands in between may read and change everything; for trials"),
    ]
}
