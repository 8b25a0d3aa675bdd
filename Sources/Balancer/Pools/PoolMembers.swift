import Settings

/// Which agents stand in which named pool: those a pool lists, those that bear its tags, those that name the pool.
package struct PoolMembers {
    /// Names of pools, those that only an agent's `pool` names included, in order.
    package let names: [String]
    private let members: [String: [String]]

    package init(_ settings: AgentsSettings) {
        let agents = settings.discovery.agents
        let known = Set(agents.map(\.id))
        var members: [String: [String]] = [:]
        for (name, pool) in settings.pools {
            let tags = Set(pool.tags.map(\.value))
            members[name] =
                pool.agents.map(\.value).filter(known.contains)
                + agents.filter { !tags.isDisjoint(with: $0.tags) }.map(\.id)
        }
        for agent in agents {
            if let pool = agent.pool { members[pool, default: []].append(agent.id) }
        }
        self.members = members.mapValues { ids in
            var seen: Set<String> = []
            return ids.filter { seen.insert($0).inserted }
        }
        names = members.keys.sorted()
    }

    /// Ids in the order that the pool lists them, then in the agents' own; each once.
    package func ids(of pool: String) -> [String] { members[pool] ?? [] }
}
