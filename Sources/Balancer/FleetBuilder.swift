import Settings

/// Puts the agents of a fleet together, with what the fleet before knew of them.
struct FleetBuilder {
    let members: PoolMembers
    let changes: Changes
    let agents: [Agent]
    private let byID: [String: Agent]
    /// A tenth of the window of all breakers.
    let part: Int64

    init(_ settings: AgentsSettings, _ balancing: LoadBalancingSettings, _ previous: Fleet?, now: Int64) {
        part = BreakerPolicy.part(of: balancing.circuitBreaker)
        let members = PoolMembers(settings)
        let changes = previous?.changes ?? Changes()
        var agents: [Agent] = []
        var byID: [String: Agent] = [:]
        let roles = Roles(settings, members)
        // Two of one id are an error that the check has reported; the first one stands.
        for written in settings.discovery.agents where byID[written.id] == nil {
            let known = previous?.agent(written.id).flatMap { $0.endpoint == written.endpoint ? $0 : nil }
            let kind = roles.kind(of: written)
            let health = roles.healthCheck(of: written.id)
            let spoken = roles.protocol(of: written)
            let agent: Agent
            if let known, known.has(written, kind: kind, protocol: spoken, healthCheck: health) {
                agent = known
            } else {
                let state = known?.state ?? AgentState(changes: changes)
                // Who is there from the start serves from the start.
                if known == nil, previous != nil { state.startSlowly(now) }
                agent = Agent(written, kind: kind, protocol: spoken, healthCheck: health, state: state)
            }
            agents.append(agent)
            byID[written.id] = agent
        }
        self.members = members
        self.changes = changes
        self.agents = agents
        self.byID = byID
    }

    /// Agents by tag, in their order.
    var tags: [String: [Agent]] {
        var tags: [String: [Agent]] = [:]
        for agent in agents {
            for tag in Set(agent.tags) { tags[tag, default: []].append(agent) }
        }
        return tags
    }

    func agents(named ids: [String]) -> [Agent] { ids.compactMap { byID[$0] } }

    /// A pool, or the one that was, where nothing changed.
    func pool(
        _ name: String, _ agents: [Agent], _ balancing: LoadBalancingSettings, kind: AgentKind? = nil, kept: Pool?
    ) -> Pool {
        let pool = Pool(
            name: name, agents: agents, balancing: balancing, kind: kind, part: part,
            retryBudget: kept?.retryBudget ?? RetryBudget(), previous: kept)
        if let kept, kept.isSame(as: pool) { return kept }
        return pool
    }
}

/// What an agent takes over from the pools it is in.
private struct Roles {
    private let settings: AgentsSettings
    private var pools: [String: [PoolSettings]] = [:]

    init(_ settings: AgentsSettings, _ members: PoolMembers) {
        self.settings = settings
        for name in members.names {
            guard let pool = settings.pools[name] else { continue }
            for id in members.ids(of: name) { pools[id, default: []].append(pool) }
        }
    }

    /// Outside a pool an agent is what all its pools agree on; where they do not, what is safer: nothing is repeated.
    func kind(of agent: AgentSettings) -> AgentKind {
        if let kind = agent.kind { return kind }
        let kinds = Set((pools[agent.id] ?? []).compactMap(\.kind))
        return kinds.count == 1 ? kinds.first ?? .openclaw : .openclaw
    }

    /// The first pool by name that says it decides.
    func `protocol`(of agent: AgentSettings) -> AgentProtocol {
        agent.protocol ?? (pools[agent.id] ?? []).lazy.compactMap(\.protocol).first ?? .http1
    }

    /// The first pool by name that says how decides; the check has warned of others.
    func healthCheck(of id: String) -> HealthCheckSettings {
        let own = pools[id]?.first { $0.healthCheck.isGiven }
        return own?.healthCheck.over(settings.healthCheck) ?? settings.healthCheck
    }
}
