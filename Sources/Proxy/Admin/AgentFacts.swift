internal import Balancer
internal import Telemetry

/// What the balancer goes by with one agent at a moment, for the page of agents and the metrics.
struct AgentFacts {
    private let agent: Agent
    private let standing: AdaptiveStanding
    private let now: Int64
    /// The part of its share that slow start lets it have, 0...1.
    private let ramp: Double
    private let board: ReportBoard

    /// Of all agents of a fleet, in its order.
    static func all(_ fleet: Fleet, _ now: Int64) -> [AgentFacts] {
        fleet.all.adaptiveStanding(now).map { AgentFacts($0, fleet.all.slowStart, now) }
    }

    private init(_ standing: AdaptiveStanding, _ slowStart: SlowStart, _ now: Int64) {
        agent = standing.agent
        self.standing = standing
        self.now = now
        ramp = slowStart.ramp(since: standing.agent.state.rampStart, now)
        board = standing.agent.state.reported
    }

    /// Members of a JSON object, each with a comma before it.
    var members: String {
        ",\"score\":\(Self.number(standing.score)),\"effectiveWeight\":\(Self.number(standing.effectiveWeight))"
            + ",\"utilization\":\(standing.utilization.map(Self.number) ?? "null")"
            + ",\"slowStart\":\(Self.number(ramp)),\"breaker\":\"\(breaker.name)\""
            + ",\"expectedMs\":\(standing.expected.map { Self.number($0 * 1000) } ?? "null")"
            + ",\"serviceMs\":\(Self.number(agent.state.figures.service * 1000))"
            + ",\"firstByteMs\":\(Self.number(agent.state.figures.firstByte * 1000))"
            + ",\"lastByteMs\":\(Self.number(agent.state.figures.lastByte * 1000))"
            + ",\"errorRate\":\(Self.number(agent.state.figures.errorRate))"
            + ",\"errorFactor\":\(Self.number(standing.errorFactor))"
            + ",\"delayFactor\":\(Self.number(standing.delayFactor))"
            + ",\"metrics\":{\(metrics)}"
    }

    var gauge: BalancingGauge {
        var gauge = BalancingGauge(agent: agent.id)
        gauge.score = standing.score
        gauge.effectiveWeight = standing.effectiveWeight
        gauge.slowStart = ramp
        gauge.breakerState = breaker.number
        gauge.firstByteSeconds = agent.state.figures.firstByte
        gauge.serviceSeconds = agent.state.figures.service
        gauge.errorRate = agent.state.figures.errorRate
        gauge.metrics = ReportBoard.Metric.allCases.compactMap { metric in
            board.fresh(metric, now).map { (metric.name, $0) }
        }
        return gauge
    }

    private var breaker: (name: String, number: Int) {
        switch agent.state.breakerState {
        case .closed: ("closed", 0)
        case .probing: ("half-open", 1)
        case .open: ("open", 2)
        }
    }

    /// Each with its age and where it came from; stale ones too, which decide nothing any more. `weight` is what it
    /// counts for `adaptive`.
    private var metrics: String {
        ReportBoard.Metric.allCases.compactMap { metric in
            guard let entry = board[metric] else { return nil }
            let age = max(now - entry.at, 0) / 1_000_000
            let weight = standing.figures.first { $0.metric.reported == metric }?.weight ?? 0
            return "\"\(metric.name)\":{\"value\":\(Self.number(entry.value)),\"ageMs\":\(age)"
                + ",\"source\":\"\(entry.source.rawValue)\",\"fresh\":\(entry.isFresh(now))"
                + ",\"weight\":\(Self.number(weight))}"
        }.joined(separator: ",")
    }

    /// Six digits behind the point at most.
    private static func number(_ value: Double) -> String {
        guard value.isFinite else { return "null" }
        let rounded = abs(value) < 1e9 ? (value * 1e6).rounded() / 1e6 : value
        return "\(rounded)"
    }
}
