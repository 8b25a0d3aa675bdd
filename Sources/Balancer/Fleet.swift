internal import Settings
internal import Synchronization

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
    /// Parts of pools that requests asked for, by their names.
    private let narrowed: Mutex<[String: Narrowed]>
    /// A tenth of the window of all breakers.
    private let part: Int64

    private struct Narrowed {
        var base: String
        var filters: [AgentFilter]
        var pool: Pool
    }

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
        part = builder.part
        narrowed = Mutex([:])
        let parts = previous?.narrowed.withLock { Array($0.values) } ?? []
        // a part of a part behind what it is a part of
        for known in parts.sorted(by: { $0.pool.name.utf8.count < $1.pool.name.utf8.count }) {
            guard let base = pool(listed: known.base) else { continue }
            _ = pool(base, narrowedTo: known.filters, kept: known.pool)
        }
    }

    /// The part of a pool that a request may have: the pool itself where that is all of it, nil where it is nobody. One of
    /// its own otherwise, with the pool's settings, named after it; the next fleet takes over what is the same.
    package func pool(_ base: Pool, narrowedTo filters: [AgentFilter]) -> Pool? {
        pool(base, narrowedTo: filters, kept: nil)
    }

    private func pool(_ base: Pool, narrowedTo filters: [AgentFilter], kept: Pool?) -> Pool? {
        let agents = base.agents.filter { agent in filters.allSatisfy { $0.takes(agent) } }
        if agents.isEmpty { return nil }
        if agents.count == base.agents.count { return base }
        let name = "\(base.name)[\(filters.map(\.spelling).joined(separator: ","))]"
        return narrowed.withLock { known in
            if let found = known[name] { return found.pool }
            let pool = base.narrowed(name, agents, part: part, kept: kept)
            known[name] = Narrowed(base: base.name, filters: filters, pool: pool)
            return pool
        }
    }

    /// The pool of one agent.
    package func pool(agent id: String) -> Pool? { byAgent[id] }

    /// The pool of all agents that bear a tag.
    package func pool(tag: String) -> Pool? { byTag[tag] }

    /// A pool of `agents.pools`, or one that an agent's `pool` names.
    package func pool(named name: String) -> Pool? { byName[name] }

    /// What a target without a kind means: an agent, else a pool, else a tag.
    package func bare(_ name: String) -> Pool? { byAgent[name] ?? byName[name] ?? byTag[name] }

    /// The pool whose `name` this is: `*`, an agent's id, `tag:NAME`, `pool:NAME`, or a part of
    /// one of them that was asked for.
    package func pool(listed name: String) -> Pool? {
        if name == all.name { return all }
        if name.hasPrefix("tag:"), let pool = byTag[String(name.dropFirst(4))] { return pool }
        if name.hasPrefix("pool:"), let pool = byName[String(name.dropFirst(5))] { return pool }
        return byAgent[name] ?? (name.hasSuffix("]") ? narrowed.withLock { $0[name]?.pool } : nil)
    }

    package func agent(_ id: String) -> Agent? { byAgent[id]?.agents.first }

    /// Every pool that a target can mean.
    package var pools: [Pool] { [all] + byName.values + byTag.values + byAgent.values }

    /// Pools by name of their own, and tags, each in order; for lists and checks.
    package var poolNames: [String] { byName.keys.sorted() }
    package var tagNames: [String] { byTag.keys.sorted() }
}
