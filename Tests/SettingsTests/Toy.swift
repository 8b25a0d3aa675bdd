import Settings

/// A configuration that has every kind of key, small enough to be seen whole.
struct Toy: Section {
    var http = ToyHTTP()
    var routing = ToyRouting()
    var pools: [String: ToyPool] = [:]
    var cache = ToyCache()
    var token = Secret("")
    var hash: String?
    var strategy = ToyStrategy.adaptive
    var extra: ToyPool?
    var port = 0

    static var keys: [Key<Toy>] {
        [
            .section("http", \.http, "the listener"),
            .section("routing", \.routing, "the rules"),
            .map("pools", \.pools, "pools by name"),
            .section("cache", \.cache, "what is kept"),
            .value("token", \.token, "the token"),
            .value(
                "hash", \.hash, "the token's digest", secret: true,
                check: { $0?.utf8.count == 4 ? nil : "expected four characters" }),
            .value("strategy", \.strategy, "who is next"),
            .section("extra", \.extra, "one more pool"),
            .value("port", \.port, "a key whose variable is OpenClaw's", check: Check.atLeast(0)),
            .later("tls", "encryption", protects: true),
            .later("tracing", "spans"),
        ]
    }
}

enum ToyStrategy: String, Variant {
    case adaptive
    case roundRobin = "round-robin"
    case leastConnections = "least-connections"
    static var noun: String { "strategy" }
}

struct ToyHTTP: Section {
    var listen: OneOrMany<ListenAddress> = [.tcp(host: "0.0.0.0", port: 8080)]
    var readTimeout = Duration.seconds(30)
    var bodyBytes = ByteSize.mebibytes(50)
    var maxConnections = 10_000
    var trustedProxies: [CIDR] = []
    var isStrict = false
    var name = "edge"

    static var keys: [Key<ToyHTTP>] {
        [
            .value("listen", \.listen, "address | or list", applies: .restart),
            .value("readTimeout", \.readTimeout, "silence while reading", check: Check.positive),
            .value("bodyBytes", \.bodyBytes, "longest body", aliases: ["maxBody"]),
            .value("maxConnections", \.maxConnections, "connections at most", check: Check.range(1...1_000_000)),
            .value("trustedProxies", \.trustedProxies, "networks whose headers are believed"),
            .value("isStrict", \.isStrict, "no leniency"),
            .value("name", \.name, "a name", check: Check.nonEmpty),
        ]
    }
}

struct ToyRouting: Section {
    var rules: [ToyRule] = []
    var fallback: String?

    static var keys: [Key<ToyRouting>] {
        [
            .list("rules", \.rules, "rules in order", identity: "name"),
            .value("default", \.fallback, "the target without a rule"),
        ]
    }
}

struct ToyRule: Section {
    var name = ""
    var target = Located("")
    var weight = 1
    var metadata: [String: String] = [:]

    static var keys: [Key<ToyRule>] {
        [
            .required("name", \.name, "the rule's name", check: Check.nonEmpty),
            .required("target", \.target, "where to"),
            .value("weight", \.weight, "its share", check: Check.atLeast(0)),
            .value("metadata", \.metadata, "anything"),
            .later("semantic", "by meaning"),
        ]
    }

    static func check(_ value: ToyRule, _ node: Node, _ reading: inout Reading) {
        guard value.weight == 13 else { return }
        reading.under("weight") { $0.warn(node["weight"]?.position ?? node.position, "is unlucky") }
    }
}

struct ToyPool: Section {
    var tags: [String] = []
    var size: Int?

    static var keys: [Key<ToyPool>] {
        [
            .value("tags", \.tags, "tags"),
            .value("size", \.size, "members at most", check: Check.atLeast(1)),
        ]
    }
}

struct ToyCache: Section {
    var requestCache = ToyRequestCache()
    var defaultTTL: Duration?

    static var keys: [Key<ToyCache>] {
        [
            .section("requestCache", \.requestCache, "answers to POST"),
            .value("defaultTTL", \.defaultTTL, "freshness where none is stated"),
        ]
    }
}

struct ToyRequestCache: Section {
    var ttlSeconds = Duration.seconds(60)
    var maxSizeMb = ByteSize(bytes: 1_000_000)
    var share: Ratio = 0.5

    static var keys: [Key<ToyRequestCache>] {
        [
            .value("ttlSeconds", \.ttlSeconds, "how long", unit: .seconds),
            .value("maxSizeMb", \.maxSizeMb, "how much", unit: .megabytes),
            .value("share", \.share, "how much of it"),
        ]
    }
}

/// Loads a toy configuration from texts.
func load(
    _ files: [String: String] = [:], configFiles: [String] = [], environment: [String: String] = [:],
    flags: [(key: String, value: String)] = [], unreadable: [String: String] = [:]
) -> Configuration<Toy> {
    var variables = ["HOME": "/home/me"]
    variables.merge(environment) { $1 }
    return Configuration<Toy>.load(
        Inputs(configFiles: configFiles, environment: variables, flags: flags) { path in
            if let why = unreadable[path] { return .unreadable(why) }
            return files[path].map { .bytes(Array($0.utf8)) } ?? .missing
        })
}

/// Loads one file, `f.json`.
func load(_ text: String, environment: [String: String] = [:]) -> Configuration<Toy> {
    load(["f.json": text], configFiles: ["f.json"], environment: environment)
}

let globalFile = "/etc/openclaw/gateway.json"
let userFile = "/home/me/.openclaw/gateway.json"

extension Configuration {
    var lines: [String] { problems.map(\.description) }
}
