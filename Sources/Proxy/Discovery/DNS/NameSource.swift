internal import Balancer
internal import Settings

/// A service of an SRV answer (RFC 2782).
struct NamedService: Sendable, Equatable {
    var host: String
    var port: Int
    /// The lowest serves first.
    var priority: Int
    var weight: Int
}

/// The DNS as discovery asks it.
protocol NameLookup: Sendable {
    /// Addresses of both kinds, as text.
    func addresses(of name: String) async -> NameAnswer<String>
    func services(of name: String) async -> NameAnswer<NamedService>
}

/// The agents behind a name: its addresses, or the services that it lists.
///
/// Ids are `NAME-ADDRESS:PORT`, or `NAME-HOST:PORT` of SRV: the same agent has the same id in all replicas of the proxy
/// and after every restart.
struct NameSource: DiscoverySource {
    let settings: DiscoveryDNSSettings
    let lookup: any NameLookup

    func run(_ tell: @Sendable (SourceReport) async -> Void) async {
        var answers = NameAnswers(minTTL: settings.minTTL, maxTTL: settings.maxTTL)
        while !Task.isCancelled {
            let step = answers.take(await ask())
            guard !Task.isCancelled else { return }
            if let report = step.report { await tell(report) }
            try? await Task.sleep(for: step.wait)
        }
    }

    private func ask() async -> NameAnswer<FoundAgent> {
        switch settings.type {
        case .address:
            switch await lookup.addresses(of: settings.name) {
            case .found(let addresses, let ttl, let isPartial):
                let agents = Self.agents(at: addresses, settings)
                return agents.isEmpty
                    ? .nothing("\(settings.name) has no address", ttl: ttl)
                    : .found(agents, ttl: ttl, isPartial: isPartial)
            case .nothing(let why, let ttl): return .nothing(why, ttl: ttl)
            case .failed(let why): return .failed(why)
            }
        case .srv:
            switch await lookup.services(of: settings.name) {
            case .found(let services, let ttl, _):
                let agents = Self.agents(of: services, settings)
                return agents.isEmpty
                    ? .nothing("\(settings.name) says that there is no service", ttl: ttl) : .found(agents, ttl: ttl)
            case .nothing(let why, let ttl): return .nothing(why, ttl: ttl)
            case .failed(let why): return .failed(why)
            }
        }
    }

    /// The name without its last dot, as it stands in ids.
    private static func label(_ name: String) -> String {
        name.hasSuffix(".") ? String(name.dropLast()).lowercased() : name.lowercased()
    }

    static func agents(at addresses: [String], _ settings: DiscoveryDNSSettings) -> [FoundAgent] {
        let port = settings.port ?? 0
        return Set(addresses).map { address in
            let id = "\(label(settings.name))-\(FoundAgent.authority(address, port))"
            return .place(FoundAgent.Place(id: id, host: address, port: port))
        }
    }

    /// Priorities become levels from 0 up. Weights are the agents' where the answer gives any; 0 among others is the
    /// least that there is (RFC 2782). A target of `.` says that there is no service.
    static func agents(of services: [NamedService], _ settings: DiscoveryDNSSettings) -> [FoundAgent] {
        let offered = services.filter { !$0.host.isEmpty && $0.host != "." && $0.port > 0 }
        let levels = Set(offered.map(\.priority)).sorted()
        let isWeighted = offered.contains { $0.weight > 0 }
        var seen: Set<String> = []
        return offered.compactMap { service in
            let host = label(service.host)
            let id = "\(label(settings.name))-\(FoundAgent.authority(host, service.port))"
            guard seen.insert(id).inserted else { return nil }
            return .place(
                FoundAgent.Place(
                    id: id, host: host, port: service.port, weight: isWeighted ? max(service.weight, 1) : nil,
                    priority: levels.firstIndex(of: service.priority) ?? 0))
        }
    }
}
