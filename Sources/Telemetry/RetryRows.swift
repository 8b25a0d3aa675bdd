/// What the page of metrics tells of one pool's further attempts, since the process began.
package struct RetryGauge: Sendable {
    package var pool: String
    package var retries: Int
    /// Retries that were allowed but for the budget.
    package var exhausted: Int
    package var hedges: Int
    package var hedgesWon: Int

    package init(pool: String, retries: Int, exhausted: Int, hedges: Int, hedgesWon: Int) {
        self.pool = pool
        self.retries = retries
        self.exhausted = exhausted
        self.hedges = hedges
        self.hedgesWon = hedgesWon
    }

    package var isSilent: Bool { retries == 0 && exhausted == 0 && hedges == 0 }
}

extension MetricsPage {
    /// Pools that never had any have no lines: every agent and every tag is a pool.
    static func writeRetries(_ pools: [RetryGauge], to page: inout Exposition) {
        let counters: [(Metric, (RetryGauge) -> Int)] = [
            (MetricNames.retries, \.retries), (MetricNames.retriesExhausted, \.exhausted),
            (MetricNames.hedges, \.hedges), (MetricNames.hedgesWon, \.hedgesWon),
        ]
        for (metric, number) in counters {
            page.family(metric)
            for pool in pools where !pool.isSilent { page.sample(metric, [("pool", pool.pool)], number(pool)) }
        }
    }
}
