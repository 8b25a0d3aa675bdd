internal import Balancer
internal import Cache
internal import Routing
internal import Settings
internal import Wire

/// Whether the cache is asked for a request, and if not, why; which layers may have its answer, and under which name.
/// It is told from the request and the configuration: what the layers hold, `cache.get` tells.
struct ExplainedCache {
    private let head: RequestHead
    private let plan: Plan
    private let rule: Rule
    private let body: [UInt8]
    /// Every agent that may be asked is of kind `llm`.
    private let isForModels: Bool
    private let tenant: String?
    private let settings: CacheSettings
    private let facts: RequestFacts

    /// Nil where there is no cache. `kinds`: what the agents are, by name.
    init?(
        _ head: RequestHead, _ plan: Plan, _ rule: Rule, body: [UInt8], kinds: [String], tenant: String?,
        settings: GatewaySettings
    ) {
        guard !settings.cache.stores.isEmpty else { return nil }
        self.head = head
        self.plan = plan
        self.rule = rule
        self.body = body
        isForModels = plan.kind.map { $0 == .llm } ?? (!kinds.isEmpty && kinds.allSatisfy { $0 == "llm" })
        self.tenant = tenant
        self.settings = settings.cache
        var facts = RequestFacts(head)
        if plan.consumesAuthorization { facts.hasAuthorization = false }
        self.facts = facts
    }

    // MARK: whether it is asked

    /// Why it is not; nil where it is.
    private var obstacle: String? {
        if rule.cache.strategy == .off { return "the rule's cache is off" }
        switch head.method {
        case .get, .head:
            if facts.hasBody { return "a \(head.methodBytes.text) with content is never answered from a cache" }
        case .post: if let obstacle = postObstacle { return obstacle }
        default:
            return
                "\(head.methodBytes.text) is not answered from a cache; where it succeeds, what is kept of the address"
                + " and was fetched before serves no more"
        }
        if facts.hasSessionKey { return "it belongs to a session" }
        if facts.directives.noStore { return "the request says no-store" }
        return nil
    }

    private var postObstacle: String? {
        guard let agents = AgentCaching(rule.cache, settings) else {
            return
                "answers to POST are kept where the rule's cache.strategy or cache.requestCache says so; neither does"
        }
        guard isForModels else { return "answers to POST are kept of agents of kind llm alone" }
        if body.isEmpty { return "the request has no body here; give it with --body" }
        let made = body.withUnsafeBytes {
            AgentKey.make(body: $0, head: head, settings: agents.policy, hasCredentials: facts.hasAuthorization)
        }
        if case .failure(let why) = made { return why.meaning }
        return nil
    }

    // MARK: what becomes of the answer

    private var strategy: String {
        guard head.method == .post, let agents = AgentCaching(rule.cache, settings) else { return "http" }
        switch agents.policy.strategy {
        case .exact: return "exact"
        case .template: return "template"
        case .semantic: return "semantic"
        }
    }

    private var storing: String {
        if head.method == .post, let agents = AgentCaching(rule.cache, settings) {
            let fresh = Duration.seconds(agents.lifetime).spelling
            return "an answer of 200 that is complete is kept, fresh for \(fresh)"
        }
        if facts.hasAuthorization, !rule.cache.authorization {
            return "the request has credentials: an answer is kept only if it says public, s-maxage or must-revalidate"
                + " (RFC 9111 3.5)"
        }
        let silent = (rule.cache.ttl ?? settings.defaultTTL).map { "is fresh for \($0.spelling)" } ?? "is not kept"
        return "an answer is kept as it says itself (RFC 9111 3); one that states nothing \(silent)"
    }

    private var words: [String] {
        if let obstacle { return ["not asked: \(obstacle)"] }
        var words: [String] = []
        if rule.cache.shadow ?? settings.shadow {
            words.append("shadow mode: the agent is asked, and its answer compared with what is kept")
        }
        if facts.wantsValidation { words.append("the request wants an answer that was confirmed just now") }
        if facts.directives.onlyIfCached { words.append("where nothing is kept the answer is 504 (only-if-cached)") }
        if facts.hasRange { words.append("a range is answered out of a whole answer that is kept") }
        if settings.collapse.enabled {
            words.append("who asks for the same meanwhile waits, at most \(settings.collapse.wait.spelling)")
        }
        return words + [storing]
    }

    /// `agent:response:RULE:TENANT:`, up to the digest, which only the server's secret makes.
    private var prefix: [UInt8] {
        CacheName.prefix(rule: rule.name, tenant: rule.cache.tenant ? tenant ?? "" : "")
    }

    /// Layers whose patterns take such names. A digest of any value stands for the one that it has.
    private var layers: [String] {
        let name = prefix + Array(repeating: UInt8(ascii: "0"), count: 32)
        let isRequest = head.method == .post
        return settings.stores.filter { $0.takes(name) && (isRequest || !$0.isForRequests) }.compactMap(\.name)
    }

    var node: Node {
        .object([
            ("asked", .flag(obstacle == nil)), ("reason", .text(obstacle)), ("strategy", .string(strategy)),
            ("layers", .strings(layers)), ("name", .string(String(decoding: prefix, as: UTF8.self) + "DIGEST")),
            ("shadow", .flag(rule.cache.shadow ?? settings.shadow)), ("words", .strings(words)),
        ])
    }
}
