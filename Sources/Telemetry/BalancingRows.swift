/// What the page of metrics tells of how one agent looks to the balancer.
package struct BalancingGauge: Sendable {
    package var agent: String
    /// In seconds of expected time to first byte; the lowest is the best.
    package var score: Double?
    package var effectiveWeight = 0.0
    /// 0...1
    package var slowStart = 1.0
    /// 0 closed, 1 half-open, 2 open.
    package var breakerState = 0
    package var firstByteSeconds = 0.0
    package var serviceSeconds = 0.0
    package var errorRate = 0.0
    /// What it reported of late, by name.
    package var metrics: [(name: String, value: Double)] = []

    package init(agent: String) {
        self.agent = agent
    }
}

extension MetricsPage {
    static func writeBalancing(_ agents: [BalancingGauge], to page: inout Exposition) {
        page.family(MetricNames.agentScore)
        for agent in agents {
            guard let score = agent.score else { continue }
            page.sample(MetricNames.agentScore, [("agent", agent.agent)], score)
        }
        let gauges: [(Metric, (BalancingGauge) -> Double)] = [
            (MetricNames.agentEffectiveWeight, \.effectiveWeight), (MetricNames.agentSlowStart, \.slowStart),
            (MetricNames.agentBreakerState, { Double($0.breakerState) }),
            (MetricNames.agentFirstByte, \.firstByteSeconds), (MetricNames.agentService, \.serviceSeconds),
            (MetricNames.agentErrorRate, \.errorRate),
        ]
        for (metric, number) in gauges {
            page.family(metric)
            for agent in agents { page.sample(metric, [("agent", agent.agent)], number(agent)) }
        }
        page.family(MetricNames.agentMetric)
        for agent in agents {
            for (name, value) in agent.metrics {
                page.sample(MetricNames.agentMetric, [("agent", agent.agent), ("metric", name)], value)
            }
        }
    }
}
