internal import Access
internal import Settings

/// A limit of requests or tokens as a generation has it: whom it counts, and what it says of itself. The limiter behind
/// it goes on over generations.
final class RateLimit: Sendable {
    /// In logs, metrics and messages: `http`, `rule:api`, `model:gpt-4o`.
    let name: String
    let limiter: RateLimiter
    let policy: RatePolicy
    let rate: RequestRate
    let key: RateLimitKey
    /// `header:NAME`, as the head is asked for it.
    let field: [UInt8]
    /// Counted by the Redis that replicas share.
    let isShared: Bool
    /// Answers tell what is left.
    let isTold: Bool
    let isOfTokens: Bool
    /// Of a structured field: its name in quotes, and the member of `RateLimit-Policy`.
    let quotedName: [UInt8]
    let policyMember: [UInt8]
    /// Before a key's own name in Redis.
    let prefix: [UInt8]

    private init(
        _ name: String, told fieldName: String, _ rate: RequestRate, burst: Int, key: RateLimitKey, isShared: Bool,
        isTold: Bool, unit: String?, previous: RateLimit?
    ) {
        self.name = name
        self.rate = rate
        self.key = key
        self.isShared = isShared
        self.isTold = isTold
        isOfTokens = unit != nil
        policy = RatePolicy(count: rate.count, seconds: rate.period.seconds, burst: burst)
        field = if case .header(let field) = key { Array(field.utf8) } else { [] }
        quotedName = RateFields.quoted(fieldName)
        policyMember = RateFields.policy(fieldName, count: rate.count, seconds: rate.period.seconds, unit: unit)
        prefix = Array("clawproxy:limit:\(name):\(key.spelling):".utf8)
        limiter = previous?.limiter ?? RateLimiter(policy, keys: key == .global ? 1 : RateLimiter.mostKeys)
    }

    /// Of `http.rateLimit` or of a rule; nil where there is none.
    convenience init?(
        _ settings: RateLimitSettings?, _ name: String, told fieldName: String, _ previous: [String: RateLimit]
    ) {
        guard let settings, let rate = settings.limit else { return nil }
        let before = previous[name].flatMap { $0.key == settings.key ? $0 : nil }
        self.init(
            name, told: fieldName, rate, burst: settings.depth, key: settings.key, isShared: settings.shared,
            isTold: settings.headers, unit: nil, previous: before)
    }

    /// So many a minute for all together.
    convenience init(
        perMinute count: Int, burst: Int, _ name: String, told fieldName: String, unit: String? = nil, isShared: Bool,
        isTold: Bool, _ previous: [String: RateLimit]
    ) {
        self.init(
            name, told: fieldName, RequestRate(count, per: .minute), burst: burst, key: .global, isShared: isShared,
            isTold: isTold, unit: unit, previous: previous[name])
    }

    /// The configuration is in force.
    func commit(now: Int64) { limiter.adopt(policy, now: now) }
}
