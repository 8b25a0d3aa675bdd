import Settings

/// What must agree between the agents and the pools of a configuration.
struct PoolCheck {
    private let settings: AgentsSettings
    /// As written, for positions.
    private let pools: Node?
    private let ids: Set<String>
    private let tags: Set<String>

    init(_ settings: AgentsSettings, _ node: Node) {
        self.settings = settings
        pools = node["pools"]
        ids = Set(settings.discovery.agents.map(\.id))
        tags = Set(settings.discovery.agents.flatMap(\.tags))
    }

    func run(_ reading: inout Reading) {
        reading.under("pools") { reading in
            for member in pools?.members ?? [] {
                guard let pool = settings.pools[member.name] else { continue }
                reading.under(member.name) { reading in
                    checkName(member, &reading)
                    checkAgents(of: pool, &reading)
                    checkTags(of: pool, &reading)
                }
            }
            checkHealth(&reading)
        }
    }

    /// A bare target name is looked up as agent first, so an agent hides a pool of its name.
    private func checkName(_ pool: Node.Member, _ reading: inout Reading) {
        guard ids.contains(pool.name) else { return }
        let name = Quoted.shortened(pool.name)
        reading.warn(
            pool.namePosition,
            "an agent has this name too, and a bare target '\(name)' means the agent; "
                + "write 'pool:\(name)' for the pool")
    }

    private func checkAgents(of pool: PoolSettings, _ reading: inout Reading) {
        var seen: [String: Position] = [:]
        for (index, id) in pool.agents.enumerated() {
            reading.path += ["agents", "[\(index)]"]
            defer { reading.path.removeLast(2) }
            if let first = seen[id.value] {
                reading.error(
                    id.position,
                    "agent \(Quoted.quote(id.value)) is in this pool already, at \(first.text); remove one")
                continue
            }
            seen[id.value] = id.position
            // Those that are found come and go.
            guard !settings.discovery.isDynamic, !ids.contains(id.value) else { continue }
            reading.error(id.position, unknown("no agent \(Quoted.quote(id.value))", id.value, ids))
        }
    }

    /// A tag without agents is no mistake in itself: its agents may come later.
    private func checkTags(of pool: PoolSettings, _ reading: inout Reading) {
        guard !settings.discovery.isDynamic else { return }
        for (index, tag) in pool.tags.enumerated() where !tags.contains(tag.value) {
            reading.path += ["tags", "[\(index)]"]
            reading.warn(tag.position, unknown("no agent bears the tag \(Quoted.quote(tag.value))", tag.value, tags))
            reading.path.removeLast(2)
        }
    }

    /// An agent is asked in one way; the first of its pools by name that says how decides.
    private func checkHealth(_ reading: inout Reading) {
        let members = PoolMembers(settings)
        var asked: [String: String] = [:]
        for name in members.names where settings.pools[name]?.healthCheck.isGiven == true {
            for id in members.ids(of: name) {
                guard let first = asked[id] else {
                    asked[id] = name
                    continue
                }
                guard settings.pools[first]?.healthCheck != settings.pools[name]?.healthCheck else { continue }
                reading.path += [name, "healthCheck"]
                reading.warn(
                    pools?[name]?["healthCheck"]?.position ?? .unwritten,
                    "agent \(Quoted.quote(id)) is checked as pool \(Quoted.quote(first)) says; "
                        + "expected one health check an agent; put it into one of the two")
                reading.path.removeLast(2)
            }
        }
    }

    private func unknown(_ what: String, _ word: String, _ words: Set<String>) -> String {
        let hint = Nearest.hint(for: word, among: words.sorted())
        return what + (hint.isEmpty ? "; expected one of agents.discovery.static" : hint)
    }
}
