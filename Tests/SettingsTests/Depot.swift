import Settings
import Testing

/// A configuration with every kind of list, and secrets in every place, for what changes documents.
struct Depot: Section {
    var http = ToyHTTP()
    var agents: [DepotAgent] = []
    var rules: [DepotRule] = []
    var outputs: [DepotOutput] = []
    var pools: [String: ToyPool] = [:]
    var requestCache = ToyRequestCache()
    var guardSettings: DepotGuard?
    var token = Secret("")
    var hashes: [String] = []
    var listen: ListenAddress?

    static let keys: [Key<Depot>] = [
        .section("http", \.http, "the listener"),
        .list("agents", \.agents, "who serves", identity: "id"),
        .list("rules", \.rules, "which request goes where", identity: "name"),
        .list("outputs", \.outputs, "where lines go"),
        .map("pools", \.pools, "pools by name"),
        .section("requestCache", \.requestCache, "answers to POST", aliases: ["postCache"]),
        .section("guard", \.guardSettings, "what must hold"),
        .value("token", \.token, "the token"),
        .value("hashes", \.hashes, "digests", secret: true),
        .value("listen", \.listen, "the other listener", applies: .listener),
        .later("tls", "encryption"),
        .later("cacheLayers", "where answers are kept"),
    ]
}

struct DepotAgent: Section {
    var id = ""
    var weight = 100
    var tags: [String] = []
    var metadata: [String: String] = [:]

    static let keys: [Key<DepotAgent>] = [
        .required("id", \.id, "its name"),
        .value("weight", \.weight, "its share", aliases: ["share"]),
        .value("tags", \.tags, "words"),
        .value("metadata", \.metadata, "anything"),
    ]
}

struct DepotRule: Section {
    var name = ""
    var target = ""
    var maxTries = 1
    var upgrades: [String] = []
    var headers = DepotHeaders()
    var steps: [DepotOutput] = []

    static let keys: [Key<DepotRule>] = [
        .required("name", \.name, "its name", aliases: ["ruleName"]),
        .value("target", \.target, "where to"),
        .value("maxTries", \.maxTries, "how often"),
        .value("upgrades", \.upgrades, "protocols"),
        .section("headers", \.headers, "fields"),
        .list("steps", \.steps, "what happens in turn"),
    ]
}

struct DepotHeaders: Section {
    var set: [String: String] = [:]
    var remove: [String] = []

    static let keys: [Key<DepotHeaders>] = [
        .value("set", \.set, "fields to set", secret: true),
        .value("remove", \.remove, "fields to take away"),
    ]
}

struct DepotOutput: Section {
    var type = "file"
    var maxSize = 1
    var secretKey: Secret?

    static let keys: [Key<DepotOutput>] = [
        .value("type", \.type, "its kind"),
        .value("maxSize", \.maxSize, "how much", applies: .restart),
        .value("secretKey", \.secretKey, "signs lines"),
    ]
}

struct DepotGuard: Section {
    var errorRate: Ratio = 0.05
    var watch = Duration.seconds(60)

    static let keys: [Key<DepotGuard>] = [
        .value("errorRate", \.errorRate, "failures at most"),
        .value("watch", \.watch, "for how long"),
    ]
}

extension Depot {
    static let info = KeyInfo.tree(Depot.self)

    /// Loads one file; the text must be without a fault.
    static func loaded(_ text: String, _ environment: [String: String] = [:]) throws -> Depot {
        let configuration = Configuration<Depot>.load(
            Inputs(configFiles: ["f"], environment: environment) { $0 == "f" ? .bytes(Array(text.utf8)) : .missing })
        #expect(!configuration.problems.contains { $0.severity == .error }, "\(configuration.lines)")
        return configuration.root
    }
}

/// JSON5 text as a node.
func node(_ text: String, source: String = "f") throws -> Node {
    try JSONReader.read(Array(text.utf8), source: source, dialect: .json5)
}

extension Reading {
    var lines: [String] { problems.map(\.description) }
}
