/// The key `rateLimit` of `http` and of a rule: how many requests each client may send.
package struct RateLimitSettings: Section {
    package var enabled = true
    package var requestsPerMinute: Int?
    package var rate: RequestRate?
    package var burst: Int?
    package var key = RateLimitKey.address
    package var shared = false
    package var headers = true

    package init() {}

    package static let keys: [Key<RateLimitSettings>] = [
        .value("enabled", \.enabled, "false: as if the limit were not there"),
        .value(
            "requestsPerMinute", \.requestsPerMinute, "requests that come back in a minute, evenly over it",
            check: RequestLimit.check),
        .value("rate", \.rate, "the same with a period of its own: `10r/s`, `600r/m`, `5000r/h`"),
        .value(
            "burst", \.burst,
            "how many may come at once, or in addition to the rate; absent: what comes back in a second where the rate is "
                + "per second, else a tenth of its number", check: RequestLimit.check),
        .value(
            "key", \.key,
            "what counts together: `address` (of IPv6 the network of 64 bits), `token` or `tenant` of the credential, "
                + "`header:NAME`, `global`. Requests that have no such thing count by address"),
        .value(
            "shared", \.shared,
            "one limit for all replicas, counted in the Redis of `rateLimiting.redis`; false: each process has its own"),
        .value("headers", \.headers, "answers tell what is left, in `RateLimit` and `RateLimit-Policy`"),
    ]

    package static func check(_ value: RateLimitSettings, _ node: Node, _ reading: inout Reading) {
        guard value.enabled else { return }
        switch (value.requestsPerMinute, value.rate) {
        case (nil, nil):
            reading.error(
                node.position,
                value.burst == nil
                    ? "expected requestsPerMinute, or a rate such as 10r/s; or enabled: false"
                    : "burst without a rate: expected requestsPerMinute, or a rate such as 10r/s, beside it")
        case (.some, .some):
            reading.error(node.position, "both requestsPerMinute and rate; expected one of them")
        default: break
        }
    }

    /// What was given; nil where there is no limit.
    package var limit: RequestRate? {
        guard enabled else { return nil }
        return rate ?? requestsPerMinute.map { RequestRate($0, per: .minute) }
    }

    /// How many may come at once.
    package var depth: Int {
        if let burst { return burst }
        guard let limit else { return 1 }
        return limit.period == .second ? limit.count : max(1, (limit.count + 9) / 10)
    }
}

/// Numbers that a limit may be.
package enum RequestLimit {
    package static func check(_ value: Int?) -> String? {
        guard let value else { return nil }
        if (1...RequestRate.most).contains(value) { return nil }
        return value < 1
            ? "expected at least 1, found \(value); leave the limit out where there is to be none"
            : "expected at most \(RequestRate.most), found \(value)"
    }
}
