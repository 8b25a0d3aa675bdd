/// How an agent of a pool stands at a moment, for people: what a pick would make of it.
package struct Standing: Sendable {
    package enum State: String, Sendable {
        case available
        /// At its cap.
        case busy
        /// Its breaker is open.
        case ejected
        /// The time of its breaker is over: the next request, or one that is on its way, finds out whether it is back.
        case probing
        /// It asked to be left alone for a while (`Retry-After`).
        case aside
        /// It said that it restarts: new sessions go elsewhere, its own wait for it.
        case leaving
        case down, drained
        /// Its weight is 0: it is in the pool, and gets nothing.
        case weightless
    }

    package let agent: Agent
    package let state: State
    /// Whether a pick may choose it. Others may be chosen too where so few are left that all are used.
    package let isAsked: Bool
    /// How much of its share it may have, 0...1, while that rises.
    package let ramp: Double
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
    ///
    /// - Parameter allowsPanic: as `Ask.allowsPanic`; without it only those count that are truly available.
    package func standing(_ now: Int64, allowsPanic: Bool = true) -> PoolStanding {
        var availability = Availability(count: agents.count)
        let seats = UnsafeMutablePointer<Seat>.allocate(capacity: max(agents.count, 1))
        for index in agents.indices { (seats + index).initialize(to: seat(index)) }
        defer {
            availability.free()
            seats.deinitialize(count: agents.count)
            seats.deallocate()
        }
        availability.look(at: self, seats, now)
        let standings = agents.indices.map { index in
            let state = state(of: index, seats[index], now)
            return Standing(
                agent: agents[index], state: state,
                isAsked: (availability.contains(index, allowsPanic: allowsPanic) || state == .probing)
                    && !seats[index].isBusy,
                ramp: seats[index].ramp)
        }
        let refusal: Refusal? =
            if availability.members == 0 {
                .noAgents
            } else if standings.contains(where: \.isAsked) {
                nil
            } else {
                (allowsPanic ? availability.usable : availability.available) == 0 ? .allUnavailable : .allBusy
            }
        return PoolStanding(
            agents: standings, isPanic: allowsPanic && availability.isPanic, refusal: refusal)
    }

    /// - Parameter heedsBreaker: an open breaker counts; nil: where the pool goes by it.
    fileprivate func state(of index: Int, _ seat: Seat, _ now: Int64, heedsBreaker: Bool? = nil) -> Standing.State {
        let agent = agents[index]
        if agent.state.isDrained { return .drained }
        if agent.isDown { return .down }
        if agent.effectiveWeight == 0 { return .weightless }
        if heedsBreaker ?? breaker.isOn, agent.state.isSetAside {
            let isOpen: Bool = if case .open = agent.state.breakerState { agent.state.isOpen(now) } else { false }
            if isOpen { return .ejected }
            return agent.state.openUntil == .max || seat.isBusy ? .busy : .probing
        }
        if agent.state.leavingUntil > now { return .leaving }
        if agent.state.asideUntil > now { return .aside }
        return seat.isBusy ? .busy : .available
    }
}

extension Fleet {
    /// How each agent stands, in the order of `agents`, whatever pools it is in: what any of them has learnt of it counts.
    /// Not for the walk of a request.
    package func standing(_ now: Int64) -> [Standing.State] {
        agents.indices.map { all.state(of: $0, all.seat($0), now, heedsBreaker: true) }
    }
}
