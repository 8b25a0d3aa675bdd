package import Settings

/// `rateLimiting`: limits of requests to models, for the whole proxy and by model, and how agents that refuse for their
/// load are left alone.
package struct RateLimitingSettings: Section {
    package var global = ModelLimitSettings()
    package var perModel: [String: ModelLimitSettings] = [:]
    package var backoff: BackoffSettings?
    package var shared = false
    package var redis = RedisSettings()
    package var answerTokens = 256
    package var headers = true

    package init() {}

    package static let keys: [Key<RateLimitingSettings>] = [
        .section("global", \.global, "of all requests to models together"),
        .map("perModel", \.perModel, "of the requests to each model, besides `global`; the model as the body names it"),
        .section("backoff", \.backoff, "how long an agent is left alone that answers 429 or 529 without `Retry-After`"),
        .value(
            "shared", \.shared,
            "requests and tokens are counted in `redis`, for all replicas together; requests at once are each replica's"),
        .section(
            "redis", \.redis,
            "where shared limits are counted, those of `http.rateLimit` and of rules too; absent: that of "
                + "`loadBalancing.affinity.redis`, else that of the cache"),
        .value(
            "answerTokens", \.answerTokens,
            "tokens that are set apart for an answer whose request names no `max_tokens`, until its usage is known",
            check: Check.range(0...1_000_000)),
        .value("headers", \.headers, "answers tell what is left, in `RateLimit` and `RateLimit-Policy`"),
    ]

    package static func check(_ value: RateLimitingSettings, _ node: Node, _ reading: inout Reading) {
        guard value.isInForce || value.backoff != nil || (node.members ?? []).isEmpty || value.redis.endpoint != nil else {
            reading.warn(node.position, "names no limit; expected global or perModel with requestsPerMinute, "
                + "tokensPerMinute or concurrentRequests")
            return
        }
    }

    /// There is a limit at all.
    package var isInForce: Bool { global.isInForce || perModel.values.contains { $0.isInForce } }
    package var countsTokens: Bool {
        global.tokensPerMinute != nil || perModel.values.contains { $0.tokensPerMinute != nil }
    }
}

/// `rateLimiting.global`, and of a model.
package struct ModelLimitSettings: Section {
    package var requestsPerMinute: Int?
    package var tokensPerMinute: Int?
    package var concurrentRequests: Int?
    package var burst: Int?
    package var tokenBurst: Int?

    package init() {}

    package static let keys: [Key<ModelLimitSettings>] = [
        .value(
            "requestsPerMinute", \.requestsPerMinute, "requests that come back in a minute, evenly over it",
            check: RequestLimit.check),
        .value(
            "tokensPerMinute", \.tokensPerMinute, "the same in tokens, of prompts and answers", check: RequestLimit.check),
        .value(
            "concurrentRequests", \.concurrentRequests, "requests that are under way at once", check: RequestLimit.check),
        .value(
            "burst", \.burst, "requests that may come at once; absent: those of a minute", check: RequestLimit.check),
        .value("tokenBurst", \.tokenBurst, "the same in tokens", check: RequestLimit.check),
    ]

    package static func check(_ value: ModelLimitSettings, _ node: Node, _ reading: inout Reading) {
        if value.burst != nil, value.requestsPerMinute == nil {
            reading.error(node.position, "burst without a rate: expected requestsPerMinute beside it")
        }
        if value.tokenBurst != nil, value.tokensPerMinute == nil {
            reading.error(node.position, "tokenBurst without a rate: expected tokensPerMinute beside it")
        }
    }

    package var isInForce: Bool { requestsPerMinute != nil || tokensPerMinute != nil || concurrentRequests != nil }
}

/// `rateLimiting.backoff`.
package struct BackoffSettings: Section {
    package enum Strategy: String, Variant {
        case exponential, constant
        package static let noun = "strategy"
    }

    package var strategy = Strategy.exponential
    package var initialDelayMs = Duration.milliseconds(1000)
    package var maxDelayMs = Duration.milliseconds(60_000)
    package var multiplier = 2.0

    package init() {}

    package static let keys: [Key<BackoffSettings>] = [
        .value("strategy", \.strategy, "`exponential`: longer with each refusal in a row; `constant`: always as long"),
        .value(
            "initialDelayMs", \.initialDelayMs, "after the first refusal", unit: .milliseconds, check: Check.positive()),
        .value("maxDelayMs", \.maxDelayMs, "at most", unit: .milliseconds, check: Check.positive()),
        .value(
            "multiplier", \.multiplier, "how much longer each time; an answer that is no refusal begins anew",
            check: Check.range(1...100)),
    ]

    package static func check(_ value: BackoffSettings, _ node: Node, _ reading: inout Reading) {
        guard value.maxDelayMs < value.initialDelayMs else { return }
        reading.error(node.position, "maxDelayMs is less than initialDelayMs; expected at least as much")
    }

    /// Nanoseconds after the n-th refusal in a row, n from 1.
    package func delay(_ number: Int) -> Int64 {
        let most = Double(maxDelayMs.nanoseconds)
        var delay = Double(initialDelayMs.nanoseconds)
        guard strategy == .exponential else { return Int64(min(delay, most)) }
        var left = min(number - 1, 64)
        while left > 0, delay < most {
            delay *= multiplier
            left -= 1
        }
        return Int64(min(delay, most))
    }
}
