/// What the page of metrics tells of one pool's queue.
package struct QueueGauge: Sendable {
    package var pool: String
    /// Requests that wait, by level.
    package var waiting: [(level: String, count: Int)] = []
    /// By level: observations of each bucket alone, one more than there are borders, and their sum.
    package var waits: [(level: String, buckets: [Int], nanoseconds: Int)] = []
    package var refused: [(reason: String, count: Int)] = []

    package init(pool: String) { self.pool = pool }
}

/// The limits of agents whose concurrency is adaptive.
package struct ConcurrencyGauge: Sendable {
    package var agent: String
    package var limit: Int

    package init(agent: String, limit: Int) {
        self.agent = agent
        self.limit = limit
    }
}

extension MetricsPage {
    /// Queues that nobody has ever waited in have no lines.
    static func writeQueues(
        _ queues: [QueueGauge], borders: [Double], limits: [ConcurrencyGauge], to page: inout Exposition
    ) {
        let used = queues.filter { queue in
            !queue.waits.isEmpty || queue.waiting.contains { $0.count > 0 } || queue.refused.contains { $0.count > 0 }
        }
        if !used.isEmpty {
            page.family(MetricNames.queueWaiting)
            for queue in used {
                for (level, count) in queue.waiting {
                    page.sample(MetricNames.queueWaiting, [("pool", queue.pool), ("level", level)], count)
                }
            }
            page.family(MetricNames.queueWaits)
            for queue in used {
                for (level, buckets, nanoseconds) in queue.waits {
                    page.histogram(
                        MetricNames.queueWaits, [("pool", queue.pool), ("level", level)], borders: borders,
                        buckets: buckets, nanoseconds: nanoseconds)
                }
            }
            page.family(MetricNames.queueRefused)
            for queue in used {
                for (reason, count) in queue.refused {
                    page.sample(MetricNames.queueRefused, [("pool", queue.pool), ("reason", reason)], count)
                }
            }
        }
        guard !limits.isEmpty else { return }
        page.family(MetricNames.agentLimit)
        for limit in limits { page.sample(MetricNames.agentLimit, [("agent", limit.agent)], limit.limit) }
    }
}
