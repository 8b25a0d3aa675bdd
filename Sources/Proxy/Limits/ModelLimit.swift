internal import Access
internal import Settings

/// The limits of one model, or of all together.
final class ModelLimit: Sendable {
    /// `global`, `model:gpt-4o`.
    let name: String
    let requests: RateLimit?
    let tokens: RateLimit?
    let places: ConcurrencyLimiter?
    private let most: Int

    /// Nil where there is none.
    init?(_ settings: ModelLimitSettings, _ name: String, _ root: RateLimitingSettings, _ previous: LimitBook?) {
        guard settings.isInForce else { return nil }
        let before = previous?.all ?? [:]
        self.name = name
        requests = settings.requestsPerMinute.map { count in
            RateLimit(
                perMinute: count, burst: settings.burst ?? count, name, told: name, isShared: root.shared,
                isTold: root.headers, before)
        }
        tokens = settings.tokensPerMinute.map { count in
            RateLimit(
                perMinute: count, burst: settings.tokenBurst ?? count, "\(name):tokens", told: "\(name):tokens",
                unit: "tokens", isShared: root.shared, isTold: root.headers, before)
        }
        most = settings.concurrentRequests ?? 0
        places = settings.concurrentRequests.map { count in
            previous?.models?.named(name)?.places ?? ConcurrencyLimiter(count)
        }
    }

    /// What a request is asked, in this order: what is given back at no cost first.
    func gates(tokens cost: Int64) -> [LimitGate] {
        var gates: [LimitGate] = []
        if let places { gates.append(LimitGate(.place(places), of: self)) }
        if let requests { gates.append(LimitGate(.rate(requests, .everybody, cost: 1), of: self)) }
        if let tokens { gates.append(LimitGate(.rate(tokens, .everybody, cost: max(cost, 1)), of: self)) }
        return gates
    }

    func commit() { places?.adopt(most) }
}

/// `rateLimiting`, as a generation has it.
final class ModelLimits: Sendable {
    let global: ModelLimit?
    let perModel: [String: ModelLimit]
    /// Set apart for an answer whose request does not say how long it may be.
    let answerTokens: Int
    let countsTokens: Bool

    /// Nil where nothing is limited.
    init?(_ settings: RateLimitingSettings, _ previous: LimitBook?) {
        guard settings.isInForce else { return nil }
        global = ModelLimit(settings.global, "global", settings, previous)
        var perModel: [String: ModelLimit] = [:]
        for (model, own) in settings.perModel { perModel[model] = ModelLimit(own, "model:\(model)", settings, previous) }
        self.perModel = perModel
        answerTokens = settings.answerTokens
        countsTokens = settings.countsTokens
    }

    var all: [ModelLimit] { [global].compactMap { $0 } + perModel.values }

    func named(_ name: String) -> ModelLimit? { all.first { $0.name == name } }
}

/// One thing that a request takes before it goes on.
struct LimitGate {
    enum Kind {
        case rate(RateLimit, RateKey, cost: Int64)
        /// One of those who may be under way at once.
        case place(ConcurrencyLimiter)
    }

    let kind: Kind
    /// Of a model, or all of them; nil for `http` and rules.
    let owner: ModelLimit?

    init(_ kind: Kind, of owner: ModelLimit? = nil) {
        self.kind = kind
        self.owner = owner
    }
}
