import Balancer

/// Not a strategy but a mark to measure them by: it knows how fast each agent is at the moment, how many slots it has,
/// and what is in it from all proxies, and chooses the soonest answer. It does not know how long a request will take.
struct Oracle {
    static let name = "oracle"

    private var next = 0

    mutating func choose(_ agents: [SimulatedAgent], slots: Int, without tried: Tried) -> Int? {
        var least = Double.infinity
        var chosen: Int?
        for step in agents.indices {
            let index = (next + step) % agents.count
            let agent = agents[index]
            let isTried = tried.contains(index)
            guard !isTried, !agent.isGone, agent.failing < 0.1, agent.currentSpeed > 0 else { continue }
            let load = Double(agent.working.count + agent.waiting + 1) / Double(slots)
            let cost = (max(load, 1) + load / 100) / agent.currentSpeed
            if cost < least {
                least = cost
                chosen = index
            }
        }
        if let chosen { next = chosen + 1 }
        return chosen
    }
}
