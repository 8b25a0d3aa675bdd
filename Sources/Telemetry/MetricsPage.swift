/// What the page of metrics tells of one agent beyond the counters. Made from the balancer's state when it is read.
package struct AgentGauge: Sendable {
    package var id: String
    /// The agent's index in `CounterLabels`; -1 where it has no counters yet.
    package var index: Int
    package var isUp: Bool
    package var isAvailable: Bool
    package var inFlight: Int
    package var weight: Int
    package var ejections: Int

    package init(
        id: String, index: Int, isUp: Bool, isAvailable: Bool, inFlight: Int, weight: Int, ejections: Int
    ) {
        self.id = id
        self.index = index
        self.isUp = isUp
        self.isAvailable = isAvailable
        self.inFlight = inFlight
        self.weight = weight
        self.ejections = ejections
    }
}

/// What the page of metrics tells of one source of agents.
package struct DiscoveryGauge: Sendable {
    package var source: String
    package var agents: Int
    package var errors: Int
    /// Seconds since 1970; 0: it has told nothing yet.
    package var lastSuccess: Double

    package init(source: String, agents: Int, errors: Int, lastSuccess: Double) {
        self.source = source
        self.agents = agents
        self.errors = errors
        self.lastSuccess = lastSuccess
    }
}

/// What the page of metrics tells of the process.
package struct ProcessFacts: Sendable {
    package var version = ""
    /// Seconds since 1970.
    package var startTime = 0.0
    /// Bytes; 0 is left out.
    package var residentMemory = 0
    package var loops = 0
    package var generation = 0
    package var reloadsTaken = 0
    package var reloadsRefused = 0
    package var lastReloadTaken = true
    package var isDraining = false
    package var logLinesDropped = 0
    package var discovery: [DiscoveryGauge] = []
    package var queues: [QueueGauge] = []
    package var overload = OverloadGauge()
    /// Of the queues' histograms, in seconds.
    package var queueBorders: [Double] = []
    package var limits: [ConcurrencyGauge] = []
    package var retries: [RetryGauge] = []
    package var balancing: [BalancingGauge] = []
    package var cacheLayers: [CacheGauge] = []
    package var issuers: [IssuerGauge] = []
    package var forwardAuth: ForwardGauge?
    package var rateLimits = LimitTotals()
    /// Of TLS towards clients; empty where there is none.
    package var certificates: [CertificateGauge] = []

    package init() {}
}

/// The page of metrics from the sum of all loops' counters.
///
/// Routes without a request have no lines: a configuration of ten thousand rules gives a page as long as its traffic
/// is varied.
package enum MetricsPage {
    package static func text(_ sum: Snapshot, agents: [AgentGauge], process: ProcessFacts) -> [UInt8] {
        var page = Exposition()
        writeRoutes(sum, to: &page)
        writeTotals(sum, to: &page)
        writeAgents(sum, agents, to: &page)
        writeBalancing(process.balancing, to: &page)
        writeRetries(process.retries, to: &page)
        writeQueues(process.queues, borders: process.queueBorders, limits: process.limits, to: &page)
        writeCache(sum, process.cacheLayers, to: &page)
        writeSemantics(sum, to: &page)
        writeAuth(sum, process.issuers, process.forwardAuth, to: &page)
        writeLimits(process.rateLimits, to: &page)
        writeTLS(sum, process.certificates, to: &page)
        writeDiscovery(process.discovery, to: &page)
        writeOverload(process.overload, to: &page)
        writeProcess(sum, process, to: &page)
        return page.bytes
    }

    private static func writeRoutes(_ sum: Snapshot, to page: inout Exposition) {
        page.family(MetricNames.requests)
        for (index, count) in sum.routes.enumerated() {
            guard let count else { continue }
            for status in StatusClass.allCases where count.requests[status.rawValue] > 0 {
                let labels = [("route", sum.labels.routes[index]), ("status", status.label)]
                page.sample(MetricNames.requests, labels, count.requests[status.rawValue])
            }
        }
        page.family(MetricNames.durations)
        for (index, count) in sum.routes.enumerated() {
            guard let count else { continue }
            page.histogram(
                MetricNames.durations, [("route", sum.labels.routes[index])], borders: sum.labels.bucketSeconds,
                buckets: count.buckets, nanoseconds: count.nanoseconds)
        }
    }

    private static func writeTotals(_ sum: Snapshot, to page: inout Exposition) {
        let totals: [(Metric, Tally)] = [
            (MetricNames.activeConnections, .activeConnections),
            (MetricNames.connectionsAccepted, .connectionsAccepted),
            (MetricNames.connectionsRefused, .connectionsRefused),
            (MetricNames.proxyHeadersRefused, .proxyHeadersRefused), (MetricNames.activeExchanges, .activeExchanges),
            (MetricNames.activeTunnels, .activeTunnels), (MetricNames.tunnelsOpened, .tunnelsOpened),
            (MetricNames.bytesIn, .bytesIn), (MetricNames.bytesOut, .bytesOut),
            (MetricNames.accessLinesSampledOut, .accessLinesSampledOut),
        ]
        for (metric, tally) in totals {
            page.family(metric)
            page.sample(metric, [], sum[tally])
        }
        page.family(MetricNames.preflights)
        page.sample(MetricNames.preflights, [("result", "allowed")], sum[.preflightsAllowed])
        page.sample(MetricNames.preflights, [("result", "refused")], sum[.preflightsRefused])
        page.family(MetricNames.errors)
        for (kind, name) in sum.labels.errorKinds.enumerated() {
            page.sample(MetricNames.errors, [("kind", name)], sum.errors[kind])
        }
    }

    private static func writeAgents(_ sum: Snapshot, _ agents: [AgentGauge], to page: inout Exposition) {
        let gauges: [(Metric, (AgentGauge) -> Int)] = [
            (MetricNames.agentUp, { $0.isUp ? 1 : 0 }), (MetricNames.agentAvailable, { $0.isAvailable ? 1 : 0 }),
            (MetricNames.agentInFlight, { $0.inFlight }), (MetricNames.agentWeight, { $0.weight }),
            (MetricNames.agentEjections, { $0.ejections }),
        ]
        for (metric, number) in gauges {
            page.family(metric)
            for agent in agents { page.sample(metric, [("agent", agent.id)], number(agent)) }
        }
        let counters: [(Metric, AgentTally)] = [
            (MetricNames.agentRequests, .requests), (MetricNames.agentFailures, .failures),
            (MetricNames.agentRetries, .retries), (MetricNames.agentConnectionsOpened, .connectionsOpened),
            (MetricNames.agentConnectionsReused, .connectionsReused),
            (MetricNames.agentConnections, .activeConnections),
        ]
        for (metric, tally) in counters {
            page.family(metric)
            for agent in agents { page.sample(metric, [("agent", agent.id)], sum[agent.index, tally]) }
        }
    }

    private static func writeDiscovery(_ sources: [DiscoveryGauge], to page: inout Exposition) {
        guard !sources.isEmpty else { return }
        page.family(MetricNames.discoveryAgents)
        for source in sources { page.sample(MetricNames.discoveryAgents, [("source", source.source)], source.agents) }
        page.family(MetricNames.discoveryErrors)
        for source in sources { page.sample(MetricNames.discoveryErrors, [("source", source.source)], source.errors) }
        page.family(MetricNames.discoverySuccess)
        for source in sources {
            page.sample(MetricNames.discoverySuccess, [("source", source.source)], source.lastSuccess)
        }
    }

    private static func writeProcess(_ sum: Snapshot, _ process: ProcessFacts, to page: inout Exposition) {
        page.family(MetricNames.reloads)
        page.sample(MetricNames.reloads, [("result", "taken")], process.reloadsTaken)
        page.sample(MetricNames.reloads, [("result", "refused")], process.reloadsRefused)
        let numbers: [(Metric, Int)] = [
            (MetricNames.reloadSucceeded, process.lastReloadTaken ? 1 : 0),
            (MetricNames.generation, process.generation),
            (MetricNames.logLinesDropped, process.logLinesDropped), (MetricNames.draining, process.isDraining ? 1 : 0),
            (MetricNames.loops, process.loops),
        ]
        for (metric, number) in numbers {
            page.family(metric)
            page.sample(metric, [], number)
        }
        page.family(MetricNames.generationExchanges)
        for (generation, open) in sum.generations.sorted(by: { $0.key < $1.key }) {
            page.sample(MetricNames.generationExchanges, [("generation", "\(generation)")], open)
        }
        page.family(MetricNames.build)
        page.sample(MetricNames.build, [("version", process.version)], 1)
        page.family(MetricNames.startTime)
        page.sample(MetricNames.startTime, [], process.startTime)
        guard process.residentMemory > 0 else { return }
        page.family(MetricNames.residentMemory)
        page.sample(MetricNames.residentMemory, [], process.residentMemory)
    }
}
