internal import Access
internal import Cache
internal import Balancer
internal import Routing
internal import Settings

/// All limits of one generation. What is behind them is that of the generation before where it had them.
final class LimitBook: Sendable {
    let http: RateLimit?
    /// By the rule's name.
    let rules: [String: RateLimit]
    let models: ModelLimits?
    /// By name, all that have a rate.
    let all: [String: RateLimit]
    let backoff: BackoffSettings?
    /// Where shared ones are counted.
    let redis: RedisSettings

    init(_ settings: GatewaySettings, _ rules: [Rule], previous: LimitBook?) {
        let before = previous?.all ?? [:]
        let http = RateLimit(settings.http.rateLimit, "http", told: "default", before)
        var ofRules: [String: RateLimit] = [:]
        for rule in rules {
            ofRules[rule.name] = RateLimit(rule.rateLimit, "rule:\(rule.name)", told: rule.name, before)
        }
        let models = ModelLimits(settings.rateLimiting, previous)
        var all: [String: RateLimit] = [:]
        let ofModels = models?.all.flatMap { [$0.requests, $0.tokens] } ?? []
        for limit in [http] + ofRules.values.map(Optional.some) + ofModels {
            if let limit { all[limit.name] = limit }
        }
        self.http = http
        self.rules = ofRules
        self.models = models
        self.all = all
        backoff = settings.rateLimiting.backoff
        redis = all.values.contains { $0.isShared } ? Self.redis(settings) : RedisSettings()
    }

    /// The Redis of limits: their own, else that of sessions, else that of the cache.
    static func redis(_ settings: GatewaySettings) -> RedisSettings {
        let candidates = [settings.rateLimiting.redis, settings.loadBalancing.affinity.redis, settings.cache.redis?.redis]
        guard var found = candidates.compactMap({ $0 }).first(where: { $0.endpoint != nil }) else { return RedisSettings() }
        found.timeout = settings.rateLimiting.redis.timeout
        return found
    }

    /// This generation is in force: its policies are, too.
    func commit(now: Int64) {
        for limit in all.values { limit.commit(now: now) }
        for limit in models?.all ?? [] { limit.commit() }
    }

    /// What a rule's requests are asked; nil: nothing.
    func plan(_ rule: Rule) -> LimitPlan? {
        let limits = [http, rules[rule.name]].compactMap { $0 }
        if limits.isEmpty, models == nil, backoff == nil { return nil }
        return LimitPlan(limits, models, backoff)
    }
}

/// The limits of one rule's requests, worked out for one loop.
final class LimitPlan {
    /// Asked before it is known who the client is, and after.
    let ofAnybody: [RateLimit]
    let ofSomebody: [RateLimit]
    let models: ModelLimits?
    let backoff: BackoffSettings?

    init(_ limits: [RateLimit], _ models: ModelLimits?, _ backoff: BackoffSettings?) {
        ofAnybody = limits.filter { !$0.key.needsIdentity }
        ofSomebody = limits.filter { $0.key.needsIdentity }
        self.models = models
        self.backoff = backoff
    }

    /// Of `ofAnybody`, what was asked before the rule was known, which is the first of them, and the rest.
    func asked(before limit: RateLimit?) -> ArraySlice<RateLimit> {
        limit != nil && ofAnybody.first === limit ? ofAnybody.prefix(1) : []
    }

    func left(after limit: RateLimit?) -> ArraySlice<RateLimit> { ofAnybody.dropFirst(asked(before: limit).count) }
}
