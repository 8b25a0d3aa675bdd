internal import Access
internal import Routing
internal import Settings

/// All limits of one generation. Their limiters are those of the generation before where it had them.
final class LimitBook: Sendable {
    let http: RateLimit?
    /// By the rule's name.
    let rules: [String: RateLimit]
    /// By name, all of them.
    let all: [String: RateLimit]

    init(_ settings: GatewaySettings, _ rules: [Rule], previous: LimitBook?) {
        let before = previous?.all ?? [:]
        var all: [String: RateLimit] = [:]
        let http = RateLimit(settings.http.rateLimit, "http", told: "default", before)
        if let http { all[http.name] = http }
        var ofRules: [String: RateLimit] = [:]
        for rule in rules {
            guard let limit = RateLimit(rule.rateLimit, "rule:\(rule.name)", told: rule.name, before) else { continue }
            ofRules[rule.name] = limit
            all[limit.name] = limit
        }
        self.http = http
        self.rules = ofRules
        self.all = all
    }

    /// This generation is in force: its policies are, too.
    func commit(now: Int64) {
        for limit in all.values { limit.commit(now: now) }
    }

    /// What a rule's requests are asked; nil: nothing.
    func plan(_ rule: Rule) -> LimitPlan? {
        let limits = [http, rules[rule.name]].compactMap { $0 }
        return limits.isEmpty ? nil : LimitPlan(limits)
    }
}

/// The limits of one rule's requests, worked out for one loop.
final class LimitPlan {
    /// Asked before it is known who the client is, and after.
    let ofAnybody: [RateLimit]
    let ofSomebody: [RateLimit]

    init(_ limits: [RateLimit]) {
        ofAnybody = limits.filter { !$0.key.needsIdentity }
        ofSomebody = limits.filter { $0.key.needsIdentity }
    }
}
