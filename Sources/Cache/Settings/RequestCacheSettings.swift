package import Settings

/// The key `cache.requestCache`: answers to POST requests. Only agents of kind `llm` get them kept, and a rule's
/// `cache` can say otherwise for its own.
package struct RequestCacheSettings: Section {
    package static let layerName = "requests"

    package var enabled = false
    package var backend = CacheLayerKind.memory
    package var directory = "~/.openclaw/cache/requests"
    package var ttlSeconds = Duration.seconds(3600)
    package var maxSizeMb = ByteSize(bytes: 500_000_000)
    package var hashStrategy = AgentKeyStrategy.exact
    package var similarityThreshold = Ratio(0.95)
    package var maxTemperature = AgentCachePolicy.unstatedTemperature
    package var ignore = AgentCachePolicy.unheard

    package init() {}

    package static let keys: [Key<RequestCacheSettings>] = [
        .value(
            "enabled", \.enabled,
            "whether they are kept. Never: requests with tools, a session, or a temperature above `maxTemperature`"),
        .value("backend", \.backend, "a layer of their own: in this process, in the Redis of `layers`, or in files"),
        .value(
            "directory", \.directory, "disk: the directory that it has for itself; made if it is not there",
            check: { CacheDirectory.check($0) }),
        .value(
            "ttlSeconds", \.ttlSeconds, "how long such an answer is fresh, and stays", unit: .seconds,
            check: Check.positive),
        .value(
            "maxSizeMb", \.maxSizeMb, "memory and disk: how much there may be", unit: .megabytes,
            check: Check.range(ByteSize.kibibytes(64)...ByteSize.gibibytes(4096))),
        .value(
            "hashStrategy", \.hashStrategy,
            "which requests count as the same. `exact`: those that mean the same JSON; `template`: those that fill the "
                + "same template of their rule with the same words, else as `exact`; `semantic`: those that ask "
                + "the same in other words, and are the same in everything else"),
        .value(
            "similarityThreshold", \.similarityThreshold, "semantic: how alike two prompts must be; numbers, names, negations and directions must be the same besides",
            check: Check.range(Ratio(0)...Ratio(1))),
        .value(
            "maxTemperature", \.maxTemperature,
            "a request that asks for more chance than this is not answered from here; one that says nothing asks for 1",
            check: Check.range(0...2)),
        .value(
            "ignore", \.ignore,
            "keys at the top of the body that do not count: requests that differ in them are the same",
            check: IgnoredKeys.check),
    ]

    /// The layer that it asks for; nil where it is off, or wants a Redis and there is none.
    package func layer(over redis: CacheLayerSettings?) -> CacheLayerSettings? {
        guard enabled else { return nil }
        var layer = CacheLayerSettings(backend)
        if backend == .redis {
            guard let redis else { return nil }
            layer.redis = redis.redis
        }
        layer.name = Self.layerName
        layer.maxBytes = maxSizeMb
        layer.ttl = ttlSeconds
        layer.directory = directory
        layer.isForRequests = true
        return layer
    }
}

/// Which POST requests count as the same.
package enum AgentKeyStrategy: String, Variant, Hashable {
    case exact
    case template
    case semantic

    package static var noun: String { "strategy" }
}

/// Keys of a body that must not be left out of a key: with another value the answer is another one.
enum IgnoredKeys {
    static func check(_ names: [String]) -> String? {
        for name in names where name.isEmpty || AgentCachePolicy.alwaysKept.contains(name) {
            return "\(Quoted.quote(name)) decides what the answer is; leave it out of the list"
        }
        return nil
    }
}
