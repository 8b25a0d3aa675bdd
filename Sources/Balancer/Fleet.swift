internal import Settings

/// All agents of one generation, and the pools that rules can name.
///
/// Built beside the one before it: an agent of the same id and endpoint keeps its state, and agents and pools in which
/// nothing changed are the same objects, so that loops can keep what they have for them. Building changes nothing that
/// the fleet before can see; a fleet that is thrown away leaves no trace.
package final class Fleet: Sendable {
    package let agents: [Agent]
    /// Every agent, in the order of the configuration. Its name is `*`.
    package let all: Pool
    package let changes: Changes
    private let byAgent: [String: Pool]
    private let byTag: [String: Pool]
    private let byName: [String: Pool]

    /// - Parameter now: when it was built, in nanoseconds of the monotonic clock: new agents begin slowly from then on.
    package init(
        _ settings: AgentsSettings, _ balancing: LoadBalancingSettings, previous: Fleet? = nil, now: Int64 = 1
    ) {
        let builder = FleetBuilder(settings, balancing, previous, now: now)
        changes = builder.changes
        agents = builder.agents
        all = builder.pool("*", agents, balancing, kept: previous?.all)
        var byAgent: [String: Pool] = [:]
        for agent in agents where byAgent[agent.id] == nil {
            byAgent[agent.id] = builder.pool(agent.id, [agent], balancing, kept: previous?.byAgent[agent.id])
        }
        var byTag: [String: Pool] = [:]
        for (tag, agents) in builder.tags {
            byTag[tag] = builder.pool("tag:\(tag)", agents, balancing, kept: previous?.byTag[tag])
        }
        var byName: [String: Pool] = [:]
        for name in builder.members.names {
            let pool = settings.pools[name] ?? PoolSettings()
            let agents = builder.agents(named: builder.members.ids(of: name))
            byName[name] = builder.pool(
                "pool:\(name)", agents, pool.balancing(over: balancing), kind: pool.kind,
                kept: previous?.byName[name])
        }
        self.byAgent = byAgent
        self.byTag = byTag
        self.byName = byName
    }

    /// The pool of one agent.
    package func pool(agent id: String) -> Pool? { byAgent[id] }

    /// The pool of all agents that bear a tag.
    package func pool(tag: String) -> Pool? { byTag[tag] }

    /// A pool of `agents.pools`, or one that an agent's `pool` names.
    package func pool(named name: String) -> Pool? { byName[name] }

    /// What a target without a kind means: an agent, else a pool, else a tag.
    package func bare(_ name: String) -> Pool? { byAgent[name] ?? byName[name] ?? byTag[name] }

    /// The pool whose `name` this is: `*`, an agent's id, `tag:NAME`, `pool:NAME`.
    package func pool(listed name: String) -> Pool? {
        if name == all.name { return all }
        if name.hasPrefix("tag:"), let pool = byTag[String(name.dropFirst(4))] { return pool }
        if name.hasPrefix("pool:"), let pool = byName[String(name.dropFirst(5))] { return pool }
        return byAgent[name]
    }

    package func agent(_ id: String) -> Agent? { byAgent[id]?.agents.first }

    /// Every pool that a target can mean.
    package var pools: [Pool] { [all] + byName.values + byTag.values + byAgent.values }

    /// Pools by name of their own, and tags, each in order; for lists and checks.
    package var poolNames: [String] { byName.keys.sorted() }
    package var tagNames: [String] { byTag.keys.sorted() }
}
