internal import Balancer

/// An agent as a source tells of it. What the source does not know of it, the configuration says.
enum FoundAgent: Sendable, Equatable {
    case place(Place)
    /// All of it, as a file lists it.
    case written(AgentSettings)

    /// Where an agent serves, and what little a registry knows besides.
    struct Place: Sendable, Equatable {
        var id: String
        /// A name, or an address without brackets.
        var host: String
        var port: Int
        var weight: Int?
        /// 0 serves first.
        var priority = 0
        var zone: String?
    }

    var id: String {
        switch self {
        case .place(let place): place.id
        case .written(let settings): settings.id
        }
    }

    /// Whether it is at an IPv6 address.
    var isIPv6: Bool {
        guard case .place(let place) = self else { return false }
        return place.host.utf8.contains(UInt8(ascii: ":"))
    }

    /// `HOST:PORT`, an IPv6 address in brackets: stands in ids.
    static func authority(_ host: String, _ port: Int) -> String {
        host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

/// What a source has to tell.
enum SourceReport: Sendable {
    /// Everybody whom it has now; `note` is what an operator should know of the rest.
    case found([FoundAgent], note: String = "")
    /// It could not find out; whom it had before stays.
    case failed(String)
}

/// One place that agents come from. To add a kind: a type like this, and lines in `DiscoveryTools.plans`.
protocol DiscoverySource: Sendable {
    /// Tells whom it finds, again and again, until it is cancelled.
    func run(_ tell: @Sendable (SourceReport) async -> Void) async
}

/// A source that a configuration asks for.
struct SourcePlan: Sendable {
    /// Everything that its answers depend on: two of one key are the same source.
    var key: String
    /// For people: `dns:gateways:18789`.
    var name: String
    /// What is put on its agents; nil where they bring everything themselves.
    var template: DiscoveryTemplate?
    var make: @Sendable () -> any DiscoverySource

    func agent(_ found: FoundAgent) -> AgentSettings {
        var agent: AgentSettings
        switch found {
        case .written(let settings): agent = settings
        case .place(let place):
            agent = (template ?? DiscoveryTemplate()).agent(
                place.id, host: place.host, port: place.port, weight: place.weight)
            agent.priority = place.priority
            agent.zone = place.zone
        }
        agent.metadata[Self.mark] = name
        return agent
    }

    /// In the metadata of an agent that was found: the source.
    static let mark = "discovery"

    /// The agents of several sources as one list. Where two sources find an agent of the same id, that is one agent if
    /// they agree where it serves; else the later one's id gets its address.
    static func merge(_ lists: [(plan: SourcePlan, found: [FoundAgent])]) -> [AgentSettings] {
        var merged: [AgentSettings] = []
        var places: [String: Endpoint] = [:]
        for (plan, found) in lists {
            for one in found {
                var agent = plan.agent(one)
                if let taken = places[agent.id] {
                    guard taken != agent.endpoint else { continue }
                    agent.id += "-\(agent.endpoint.authority)"
                    guard places[agent.id] == nil else { continue }
                }
                places[agent.id] = agent.endpoint
                merged.append(agent)
            }
        }
        return merged
    }
}
