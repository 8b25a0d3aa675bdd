/// What the page of metrics tells of one limit.
package struct LimitGauge: Sendable {
    package var policy: String
    package var checked: Int
    package var refused: Int
    /// Keys that were forgotten although they had taken something.
    package var evicted: Int
    /// Requests that are under way, of a limit of those; nil for rates.
    package var running: Int?

    package init(policy: String, checked: Int, refused: Int, evicted: Int = 0, running: Int? = nil) {
        self.policy = policy
        self.checked = checked
        self.refused = refused
        self.evicted = evicted
        self.running = running
    }
}

/// Of all limits together.
package struct LimitTotals: Sendable {
    package var gauges: [LimitGauge] = []
    package var isShared = false
    package var redisFailures = 0
    package var countsTokens = false
    package var tokensSpent = 0
    package var tokensReserved = 0

    package init() {}
}

extension MetricsPage {
    /// Without limits there are no lines.
    static func writeLimits(_ limits: LimitTotals, to page: inout Exposition) {
        guard !limits.gauges.isEmpty else { return }
        let rates = limits.gauges.filter { $0.running == nil }
        let places = limits.gauges.filter { $0.running != nil }
        if !rates.isEmpty {
            page.family(MetricNames.limitChecked)
            for limit in rates { page.sample(MetricNames.limitChecked, [("policy", limit.policy)], limit.checked) }
        }
        page.family(MetricNames.limitRefused)
        for limit in limits.gauges { page.sample(MetricNames.limitRefused, [("policy", limit.policy)], limit.refused) }
        if !rates.isEmpty {
            page.family(MetricNames.limitEvicted)
            for limit in rates { page.sample(MetricNames.limitEvicted, [("policy", limit.policy)], limit.evicted) }
        }
        if !places.isEmpty {
            page.family(MetricNames.limitRunning)
            for limit in places { page.sample(MetricNames.limitRunning, [("policy", limit.policy)], limit.running ?? 0) }
        }
        if limits.isShared {
            page.family(MetricNames.limitRedisFailures)
            page.sample(MetricNames.limitRedisFailures, [], limits.redisFailures)
        }
        guard limits.countsTokens else { return }
        page.family(MetricNames.limitTokens)
        page.sample(MetricNames.limitTokens, [], limits.tokensSpent)
        page.family(MetricNames.limitTokensReserved)
        page.sample(MetricNames.limitTokensReserved, [], limits.tokensReserved)
    }
}
