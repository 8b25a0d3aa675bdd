/// How an agent of a pool stands at a moment, for people: what a pick would make of it.
package struct Standing: Sendable {
    package enum State: String, Sendable {
        case available
        /// At its cap.
        case busy
        case ejected, down, drained
        /// Its weight is 0: it is in the pool, and gets nothing.
        case weightless
    }

    package let agent: Agent
    package let state: State
    /// Whether a pick may choose it. Ejected ones may be chosen where too many of the pool are ejected.
    package let isAsked: Bool
}

/// How a pool stands at a moment.
package struct PoolStanding: Sendable {
    /// In the order of `Pool.agents`.
    package let agents: [Standing]
    /// Nobody was left, and ejected agents are used for want of better.
    package let isPanic: Bool
    /// Why nobody of it would be chosen; nil where somebody would.
    package let refusal: Refusal?
}

extension Pool {
    /// How the pool stands. Looks at every agent and takes no place with any: not for the walk of a request.
    package func standing(_ now: Int64) -> PoolStanding {
        var availability = Availability(count: agents.count)
        defer { availability.free() }
        availability.look(at: self, now)
        let standings = agents.indices.map { index in
            let state = state(of: index, now)
            return Standing(
                agent: agents[index], state: state, isAsked: availability.contains(index) && !seats[index].isBusy)
        }
        let refusal: Refusal? =
            if availability.members == 0 {
                .noAgents
            } else if availability.usable == 0 {
                .allUnavailable
            } else {
                standings.contains(where: \.isAsked) ? nil : .allBusy
            }
        return PoolStanding(agents: standings, isPanic: availability.isPanic, refusal: refusal)
    }

    private func state(of index: Int, _ now: Int64) -> Standing.State {
        let agent = agents[index]
        if agent.state.isDrained { return .drained }
        if agent.healthCheck.enabled, agent.state.health == .down { return .down }
        if agent.weight == 0 { return .weightless }
        if agent.state.isEjected(now) { return .ejected }
        return seats[index].isBusy ? .busy : .available
    }
}
