package import Settings

/// One entry of `cache.layers`: a place where answers are kept.
package struct CacheLayerSettings: Section {
    static let usualBytes = ByteSize.mebibytes(256)

    package var name: String?
    package var type = CacheLayerKind.memory
    package var maxSize: EntriesOrBytes?
    package var maxBytes: ByteSize?
    package var maxObject = ByteSize.mebibytes(1)
    package var ttl: Duration?
    package var keyPattern: OneOrMany<KeyPattern> = []
    package var policy = EvictionPolicy.s3Fifo
    package var directory: String?
    /// Of a layer of type redis; its keys stand beside the others.
    package var redis = RedisSettings()
    /// Takes the answers to POST requests alone. Not a key: the layer of `requestCache` is such a one.
    package var isForRequests = false

    package init() {}

    package init(_ type: CacheLayerKind) { self.type = type }

    package static let keys: [Key<CacheLayerSettings>] = [
        .value(
            "name", \.name, "what metrics and `cache stats` call it; absent: its place and type, `L1-memory`",
            check: Check.nonEmpty),
        .required("type", \.type, "where it keeps answers: in this process, in a Redis, or in files"),
        .value(
            "maxSize", \.maxSize, "memory and disk: how much it holds at most; a bare number is entries, else a size",
            check: Check.positive),
        .value(
            "maxBytes", \.maxBytes,
            "memory and disk: how many bytes it holds at most, with all that goes with an entry; absent: 256MiB, or "
                + "what `maxSize` says where that is a size",
            check: Check.range(ByteSize.kibibytes(64)...ByteSize.gibibytes(4096))),
        .value(
            "maxObject", \.maxObject, "a longer answer is not kept here",
            check: Check.range(ByteSize.kibibytes(1)...ByteSize.mebibytes(64))),
        .value(
            "ttl", \.ttl, "nothing stays longer here, however fresh it still is; absent: no limit",
            check: Check.positive),
        .value(
            "keyPattern", \.keyPattern,
            "takes only what has a name like one of these, `agent:response:RULE:TENANT:DIGEST`; `*` is any text, `?` "
                + "one letter. None: everything"),
        .value(
            "policy", \.policy,
            "memory: who goes when it is full. `s3-fifo` keeps what is asked for again against what passes once; `lru` "
                + "drops what was asked for longest ago"),
        .value(
            "directory", \.directory, "disk: the directory that it has for itself; made if it is not there",
            check: CacheDirectory.check),
        .value(
            "endpoint", \.redis.endpoint,
            "redis: where it is: `redis://host:port/db`, `rediss://` for TLS, `unix:/path`, or "
                + "`redis+sentinel://host:port,host:port/NAME`; of a cluster any node", secret: true, aliases: ["url"]),
        .value("username", \.redis.username, "redis: whom to log in as, of an ACL; before one in the address"),
        .value("password", \.redis.password, "redis: what to log in with; before one in the address", secret: true),
        .value(
            "db", \.redis.db, "redis: the number of the database; before one in the address",
            check: Check.range(RedisEndpoint.databases)),
        .value(
            "timeout", \.redis.timeout, "redis: waited for so long; then the layer counts as empty for this request",
            unit: .milliseconds, check: Check.positive),
        .value(
            "connectTimeout", \.redis.connectTimeout, "redis: how long connecting and logging in may take",
            check: Check.positive),
        .value(
            "maxPending", \.redis.maxPending, "redis: commands of a loop that are under way at most; more are refused",
            check: Check.range(1...1_000_000)),
        .section("tls", \.redis.tls, "redis: how a `rediss://` server is known"),
        .section("sentinel", \.redis.sentinel, "redis: how to log in to sentinels"),
    ]

    /// Bounds in force: entries (`Int.max` is no bound) and bytes.
    package var mostEntries: Int {
        if case .entries(let count) = maxSize { count } else { Int.max }
    }

    package var mostBytes: Int {
        if case .bytes(let count) = maxSize { return count }
        return (maxBytes ?? Self.usualBytes).bytes
    }

    /// Whether the layer keeps what has this name.
    package func takes(_ name: some Collection<UInt8>) -> Bool {
        keyPattern.values.isEmpty || keyPattern.values.contains { $0.matches(name) }
    }
}
