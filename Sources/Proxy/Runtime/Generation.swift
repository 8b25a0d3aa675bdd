internal import Settings
internal import Access
internal import Balancer
internal import Cache
internal import Routing
internal import Semantics
internal import Telemetry
internal import Wire

/// One generation of the configuration, compiled: what all loops share of it, and never changes.
final class Generation: Sendable {
    let number: Int
    let settings: GatewaySettings
    let router: Router
    let fleet: Fleet
    let meaning: Meaning
    /// Which model is asked where the client leaves that open; nil: nobody chooses.
    let models: ModelRouting?
    /// Models that are asked in turn; nil: none stands in for another.
    let fallback: FallbackPolicy?
    let limits: LimitBook
    /// Agents beside those that the settings name.
    let found: [AgentSettings]
    let tokens: TokenTable
    /// Who requests are from; live, and shared with the generations before and after where its settings are.
    let authenticator: Authenticator
    let labels: CounterLabels
    /// How long prompts are decides something.
    let countsTokens: Bool
    /// Index in `labels.routes` for each rule.
    let routeLabels: [Int]
    let healthLabel: Int
    let metricsLabel: Int
    let adminLabel: Int
    let agentLabels: [String: Int]
    let wireLimits: WireLimits

    init(_ settings: GatewaySettings, found: [AgentSettings] = [], previous: Generation?) {
        number = (previous?.number ?? 0) + 1
        self.settings = settings
        self.found = found
        if let previous, previous.settings.routing == settings.routing {
            router = previous.router
        } else {
            router = Router(settings.routing, previous: previous?.router)
        }
        let meaning = Meaning(settings, router.rules, previous: previous?.meaning)
        self.meaning = meaning
        models = ModelRouting(settings.modelRouting) { meaning.taskPlace(of: $0) }
        fallback = FallbackPolicy(settings.modelFallback)
        limits = LimitBook(settings, router.rules, previous: previous?.limits)
        countsTokens = models != nil || settings.rateLimiting.countsTokens
        fleet = Fleet(
            settings.agents.adding(found), settings.loadBalancing, previous: previous?.fleet, now: Loop.monotonic())
        let authenticator = Authenticator(settings.auth, previous: previous?.authenticator)
        self.authenticator = authenticator
        tokens = authenticator.tokens
        var labels =
            previous?.labels
            ?? CounterLabels(
                errorKinds: Failure.Kind.names, refusals: Unkept.words,
                authKinds: AuthKinds.slots, authResults: AuthResult.allCases.map(\.label),
                buckets: settings.monitoring.buckets)
        for layer in settings.cache.stores { _ = labels.layer(layer.name ?? layer.type.rawValue) }
        routeLabels = router.rules.map { labels.route($0.name) }
        healthLabel = labels.route("(health)")
        metricsLabel = labels.route("(metrics)")
        adminLabel = labels.route("(admin)")
        agentLabels = Dictionary(uniqueKeysWithValues: fleet.agents.map { ($0.id, labels.agent($0.id)) })
        self.labels = labels
        var limits = WireLimits()
        limits.headBytes = settings.http.limits.headerBytes.bytes
        limits.fieldCount = settings.http.limits.headerCount
        limits.targetBytes = settings.http.limits.targetBytes.bytes
        wireLimits = limits
    }
}
