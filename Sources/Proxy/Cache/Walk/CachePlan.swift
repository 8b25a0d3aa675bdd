internal import Access
internal import Balancer
internal import Cache
internal import NIOCore
internal import Routing
internal import Semantics
internal import Settings
internal import Wire

/// What the cache is to the exchanges of one rule, worked out beforehand for one loop.
final class CachePlan {
    let layers: CacheLayers
    /// For answers to GET.
    let policy: StoragePolicy
    /// What tells this rule's entries from those of others, of a changed rule too.
    let rule: String
    private let fingerprint: [UInt8]
    /// Each tenant has entries of its own.
    let byTenant: Bool
    /// Request fields that count, in lower case.
    private let fields: [[UInt8]]
    /// The client's `Authorization` is consumed here, or the rule gives leave: it does not keep answers from being kept.
    let ignoresCredentials: Bool
    /// Answers to POST; nil where none is kept.
    let agents: AgentCaching?
    let collapses: Bool
    /// Replicas that share a Redis fetch once, too.
    let leases: Bool
    /// Nanoseconds that a joiner waits for a head.
    let wait: Int64
    /// Milliseconds for which nobody waits again for what turned out not to be kept.
    let remember: Int64
    let isShadow: Bool
    let tags: [[UInt8]]
    private let control: CacheControlSettings
    private let targeted: TargetedSettings

    /// Nil where the rule keeps nothing.
    init?(_ rule: Rule, _ generation: Generation, _ loop: Loop) {
        let settings = generation.settings.cache
        let layers = loop.process.caches.layers
        let own = rule.cache
        guard settings.enabled, own.strategy != .off, !layers.isEmpty else { return nil }
        self.layers = layers
        self.rule = rule.name
        fingerprint = Self.fingerprint(rule, generation)
        byTenant = own.tenant
        fields = own.headers.map { Array($0.lowercased().utf8) }
        ignoresCredentials = own.authorization
        var policy = StoragePolicy()
        policy.defaultLifetime = (own.ttl ?? settings.defaultTTL)?.components.seconds
        policy.heuristicPart = settings.heuristic.part.value
        policy.heuristicCap = settings.heuristic.most.components.seconds
        policy.negative = settings.negativeLifetimes
        policy.staleWhileRevalidate = (own.staleWhileRevalidate ?? settings.staleWhileRevalidate)?.components.seconds
        policy.staleIfError = (own.staleIfError ?? settings.staleIfError)?.components.seconds
        policy.ignoresCredentials = ignoresCredentials
        policy.targeted = settings.targeted.read.map { Array($0.rawValue.utf8) }
        self.policy = policy
        let auth = generation.settings.auth
        agents = AgentCaching(own, settings, consumed: auth.consumedKey(auth.kinds(rule.auth)))
        collapses = settings.collapse.enabled
        leases = settings.collapse.enabled && settings.collapse.lease
        wait = settings.collapse.wait.nanoseconds
        remember = settings.collapse.remember.nanoseconds / 1_000_000
        isShadow = own.shadow ?? settings.shadow
        tags = own.tags.map { Array($0.utf8) }
        control = settings.cacheControl
        targeted = settings.targeted
    }

    /// Another rule, or the same with other settings or other agents, has another one: what was kept for it is not found
    /// any more.
    private static func fingerprint(_ rule: Rule, _ generation: Generation) -> [UInt8] {
        var text = generation.settings.routing.rules.first { $0.name == rule.name }?.json ?? rule.name
        let targets = Set(
            (rule.target.names + rule.fallback).flatMap { generation.fleet.pool(of: $0)?.agents ?? [] }.map(\.id))
        for agent in generation.settings.agents.discovery.agents where targets.contains(agent.id) {
            text += "\n\(agent.id) \(agent.endpoint) \(agent.models)"
        }
        let hashes = [StableHash.of(text), StableHash.of("2" + text)]
        return Array(rule.name.utf8)
            + hashes.flatMap { hash in (0..<8).map { UInt8(truncatingIfNeeded: hash >> ($0 * 8)) } }
    }

    /// How many bytes stand behind the rule's name.
    static let fingerprintBytes = 16

    // MARK: keys

    /// Writes what tells a GET of this rule from every other: which answer it gets.
    ///
    /// - Parameters:
    ///   - client: agents are told how it came, and who it is by its certificate: they may answer by that.
    ///   - identity: what else the agent is told of who asks: it may answer by that, too.
    func writeKey(
        _ key: inout KeyText, _ head: RequestHead, of client: Client?, target: String?, tenant: String?,
        identity: [UInt8]? = nil
    ) {
        key.clear()
        key.add(.scheme, client?.isSecure(head) == true ? "https" : "http")
        withUnsafeTemporaryAllocation(byteCount: max(head.host.count, 1), alignment: 1) { lower in
            for (at, byte) in head.host.enumerated() { lower[at] = ByteClass.lower(byte) }
            key.add(.authority, UnsafeRawBufferPointer(rebasing: lower[0..<head.host.count]))
        }
        key.add(.path, head.path)
        if head.hasQuery { key.add(.query, head.query) }
        key.add(.rule, fingerprint)
        if let target { key.add(.target, target) }
        if byTenant, let tenant { key.add(.tenant, tenant) }
        if byTenant, let identity = client?.identityField, !identity.isEmpty { key.add(.field, identity) }
        if byTenant, let identity, !identity.isEmpty { key.add(.field, identity) }
        for name in fields { addField(name, &key, head) }
        addCredentials(&key, head)
    }

    private func addField(_ name: [UInt8], _ key: inout KeyText, _ head: RequestHead) {
        for at in 0..<head.lines.fieldCount {
            let field = head.lines.fields[at]
            guard name.withUnsafeBytes({ head.lines.name(field).isCaseless($0) }) else { continue }
            key.add(.field, name + [0x3A] + head.lines.value(field))
        }
    }

    /// Fields that say who asks, where the rule gives leave to keep what they are told: no two of them share an entry.
    func addCredentials(_ key: inout KeyText, _ head: RequestHead) {
        guard byTenant, ignoresCredentials else { return }
        for name in Self.credentials { addField(name, &key, head) }
    }

    /// Fields beside `Authorization` and `Cookie` that say who asks stand in a request.
    ///
    /// - Parameter consumed: one in lower case that is for the edge, and no agent's.
    static func carriesCredentials(_ head: RequestHead, without consumed: [UInt8]? = nil) -> Bool {
        for at in 0..<head.lines.fieldCount where head.lines.fields[at].id == .other {
            let name = head.lines.name(head.lines.fields[at])
            guard name.count >= 7, name.count <= 14 else { continue }
            if let consumed, consumed.withUnsafeBytes({ name.isCaseless($0) }) { continue }
            if credentials.contains(where: { $0.withUnsafeBytes { name.isCaseless($0) } }) { return true }
        }
        return false
    }

    private static let credentials = [
        "authorization", "cookie", "x-api-key", "api-key", "x-goog-api-key", "x-auth-token",
    ]
    .map { Array($0.utf8) }

    /// Who the entry is called after in patterns and purges.
    func name(of key: CacheKey, tenant: String?, secret: [UInt8]) -> CacheName? {
        CacheName(key: key.bytes, rule: rule, tenant: byTenant ? tenant ?? "" : "", secret: secret)
    }

    // MARK: what clients are told

    /// Adds `Cache-Control`, and the field for a CDN, where the agent said nothing of them. Not kept with the answer: there
    /// they would be taken for its own words.
    @inline(__always)
    func tell(_ lines: inout [UInt8], of facts: StoredFacts, _ fields: [UInt8], isTenants: Bool, now: Int64) {
        if control.enabled || targeted.emit != nil { add(&lines, facts, fields, isTenants, now) }
    }

    private func add(
        _ lines: inout [UInt8], _ facts: StoredFacts, _ fields: [UInt8], _ isTenants: Bool, _ now: Int64
    ) {
        let fresh = max(facts.freshFor(now), 0)
        if control.enabled, !facts.hasExplicitLifetime, FieldLines.first("cache-control", in: fields) == nil {
            lines.put(
                isTenants ? "Cache-Control: private, max-age=" : "Cache-Control: max-age=",
                decimal: min(control.maxAge.components.seconds, fresh))
        }
        if let emitted = targeted.emit, !isTenants, FieldLines.first(emitted.rawValue, in: fields) == nil {
            lines.put(emitted.fieldName)
            lines.put(": max-age=", decimal: min(targeted.maxAge.components.seconds, fresh))
        }
    }

    /// Names of fields, in lower case, that clients do not get.
    var droppedFields: [[UInt8]] { targeted.keep ? [] : policy.targeted }
}

/// How answers to POST are kept: the part of it that is not the key's.
struct AgentCaching {
    let policy: AgentCachePolicy
    /// Seconds that an answer is fresh.
    let lifetime: Int64
    let pace: ReplayPace
    /// The least similarity that counts; nil: exact keys alone.
    let similarity: Double?

    /// What similar requests are told by; made once, on no loop.
    private static let prepared: Void = { Task.detached { PromptPrint.prepare() } }()

    /// Nil where none is kept.
    init?(_ rule: RuleCache, _ settings: CacheSettings, consumed: [UInt8] = []) {
        let requests = settings.requestCache
        let strategy: AgentCachePolicy.Strategy
        switch rule.strategy {
        case .off, .http: return nil
        case .exact: strategy = .exact
        case .template: strategy = .template
        case .semantic: strategy = .semantic
        case nil:
            guard requests.enabled else { return nil }
            switch requests.hashStrategy {
            case .exact: strategy = .exact
            case .template: strategy = .template
            case .semantic: strategy = .semantic
            }
        }
        policy = AgentCachePolicy(
            strategy: strategy, ignore: rule.ignore ?? requests.ignore,
            maxTemperature: rule.maxTemperature ?? requests.maxTemperature, headers: rule.headers,
            templates: rule.templates.compactMap { template in
                // the patterns were checked when the configuration was read
                try? AgentTemplate(
                    name: template.name, patterns: template.patterns.values, foldsCase: !template.caseSensitive,
                    foldsBlanks: !template.whitespace)
            }, allowsCredentials: rule.authorization, consumed: consumed)
        if strategy == .semantic { Self.prepared }
        lifetime = (rule.ttl ?? requests.ttlSeconds).components.seconds
        pace = rule.pace
        similarity =
            strategy == .semantic ? (rule.similarityThreshold ?? requests.similarityThreshold).value : nil
    }
}
