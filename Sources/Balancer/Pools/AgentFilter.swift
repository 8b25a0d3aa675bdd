/// Which agents of a pool a request may have, where it does not leave that to the strategy alone.
package enum AgentFilter: Hashable, Sendable {
    case agent(String)
    case tag(String)
    /// Those that serve a model: who lists none serves all.
    case model(String)
    /// Those that list no models, and so serve any.
    case unlisted

    package func takes(_ agent: Agent) -> Bool {
        switch self {
        case .agent(let id): agent.id == id
        case .tag(let tag): agent.tags.contains(tag)
        case .model(let name): agent.settings.models.isEmpty || agent.settings.models.contains(name)
        case .unlisted: agent.settings.models.isEmpty
        }
    }

    /// As the names of narrowed pools have it.
    var spelling: String {
        switch self {
        case .agent(let id): "agent=\(id)"
        case .tag(let tag): "tag=\(tag)"
        case .model(let name): "model=\(name)"
        case .unlisted: "model=*"
        }
    }
}
