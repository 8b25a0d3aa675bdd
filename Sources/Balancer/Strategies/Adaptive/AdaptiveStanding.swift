internal import Settings

/// Why `adaptive` would or would not choose an agent at a moment, for people: what its cost is made of.
package struct AdaptiveStanding: Sendable {
    /// A metric of an agent, and what becomes of it.
    package struct Figure: Sendable {
        package let metric: AdaptiveMetric
        /// As reported; seconds for latency, at the load of now.
        package let value: Double
        /// Of what is full, 0...1; nil for latency.
        package let part: Double?
        /// Nanoseconds since it was reported, or since the last answer.
        package let age: Int64
        /// Where it came from; nil: the proxy measures it.
        package let source: ReportSource?
        /// Whether it counts: it is fresh, and has a weight.
        package let counts: Bool
        /// As configured, 0 where it is not among `metrics`.
        package let weight: Double
    }

    package let agent: Agent
    /// Of a request more, in seconds of expected time to first byte, dearer for load, errors and delays. The lowest is
    /// chosen. Comparable within the pool; where nothing is learnt, requests for its weight.
    package let score: Double
    /// The time to first byte that is expected of a request more, in seconds; nil before the first answer.
    package let expected: Double?
    /// What is known at 1, 2, 4 ... 2048 in flight, in seconds; empty before the first answer.
    package let curve: [Double]
    /// Its weight, hand-set or configured, times what reports and slow start leave of it. Loops move towards it by at
    /// most 25 % a second.
    package let effectiveWeight: Double
    /// How busy it says it is, 0...1; nil: it says nothing, or what it said is stale.
    package let utilization: Double?
    /// The cost is multiplied with these.
    package let errorFactor: Double
    package let delayFactor: Double
    /// Those of `metrics` that are known.
    package let figures: [Figure]
}

extension Pool {
    /// How each agent stands with `adaptive`, in the order of `agents`; the pool's own strategy may be another.
    /// Takes no place with any: not for the walk of a request.
    package func adaptiveStanding(_ now: Int64) -> [AdaptiveStanding] {
        var means = AdaptiveMeans()
        for agent in agents where agent.effectiveWeight > 0 {
            means.add(weight: agent.effectiveWeight, time: agent.state.figurePointer.pointee.curve.point(0))
            means.add(agent.state.figurePointer.pointee.curve)
        }
        return agents.map { standing(of: $0, means, now) }
    }

    private func standing(of agent: Agent, _ means: AdaptiveMeans, _ now: Int64) -> AdaptiveStanding {
        let figures = agent.state.figurePointer
        let board = agent.state.reported
        let used = weighing.used(board, now)
        let weight = Double(agent.effectiveWeight) * weighing.share(used)
        let cost = AdaptiveCost(
            figures, weight: weight / means.weight, means, weighing, part: breaker.part, now)
        let isKnown = !figures.pointee.curve.isEmpty
        let expected = isKnown ? Double(figures.pointee.curve.expected(agent.state.inFlight + 1)) : nil
        return AdaptiveStanding(
            agent: agent, score: Double(cost.at(inFlight: agent.state.inFlight + 1)), expected: expected,
            curve: isKnown ? (0..<LoadCurve.points).map { Double(figures.pointee.curve.point($0)) } : [],
            effectiveWeight: weight * slowStart.ramp(since: agent.state.rampStart, now),
            utilization: used.weight > 0 ? used.whole : nil, errorFactor: Double(cost.errors),
            delayFactor: Double(cost.delay), figures: figuresShown(board, agent, expected, now))
    }

    private func figuresShown(
        _ board: ReportBoard, _ agent: Agent, _ expected: Double?, _ now: Int64
    ) -> [AdaptiveStanding.Figure] {
        AdaptiveMetric.allCases.compactMap { metric in
            let weight = weighing.weight(metric)
            guard let name = metric.reported else {
                return expected.map {
                    AdaptiveStanding.Figure(
                        metric: metric, value: $0, part: nil, age: max(now &- agent.state.figures.lastAnswer, 0),
                        source: nil, counts: weight > 0, weight: weight)
                }
            }
            return board[name].map {
                AdaptiveStanding.Figure(
                    metric: metric, value: $0.value, part: AdaptiveWeighing.part(name, $0.value),
                    age: max(now &- $0.at, 0), source: $0.source, counts: weight > 0 && $0.isFresh(now), weight: weight)
            }
        }
    }
}
