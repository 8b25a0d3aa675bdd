package import Balancer
internal import NIOCore
internal import NIOPosix
internal import Settings
internal import Synchronization

/// Turns names into addresses as the system does, and says how long they hold: literals, the hosts file, DNS with the
/// search list; then the system itself, where it knows of more than these.
package final class Resolver: Sendable {
    /// Who is found in the hosts file is looked up again after this; so is who only the system knows.
    private static let fileTime = Duration.seconds(10)
    private static let systemTime = Duration.seconds(30)
    private static let literalTime = Duration.seconds(86_400)

    private struct State {
        var files: ResolverFiles
        var settings: ResolverSettings
        var turn = 0
    }

    /// What holds for one question, whatever changes meanwhile.
    private struct Surroundings {
        var configuration: ResolverConfiguration
        var hosts: HostsFile
        var usesDNS: Bool
        var asksSystem: Bool
        /// Which server is first, where they are rotated.
        var turn: Int
    }

    private let state: Mutex<State>
    private let group: any EventLoopGroup

    package convenience init(_ settings: ResolverSettings = ResolverSettings()) {
        self.init(settings, ResolverFiles.Paths(), MultiThreadedEventLoopGroup.singleton)
    }

    /// For tests: other files.
    package convenience init(
        _ settings: ResolverSettings, resolvConf: String, hosts: String, nameServices: String
    ) {
        var paths = ResolverFiles.Paths()
        paths.resolvConf = resolvConf
        paths.hosts = hosts
        paths.nameServices = nameServices
        self.init(settings, paths, MultiThreadedEventLoopGroup.singleton)
    }

    private init(_ settings: ResolverSettings, _ paths: ResolverFiles.Paths, _ group: any EventLoopGroup) {
        state = Mutex(State(files: ResolverFiles(paths), settings: settings))
        self.group = group
    }

    /// Asks by other settings from the next question on.
    package func adopt(_ settings: ResolverSettings) { state.withLock { $0.settings = settings } }

    // MARK: questions

    /// The addresses of a host.
    package func addresses(_ host: String) async throws(ResolveFailure) -> ResolvedAddresses {
        if let literal = HostAddress(host) { return ResolvedAddresses([literal], ttl: Self.literalTime) }
        let here = surroundings()
        guard let name = DNSName(host), var search = Search(host, for: "address", here.configuration) else {
            throw Self.noName(host)
        }
        let own = here.hosts[name]
        if !own.isEmpty { return ResolvedAddresses(sorted(own), ttl: Self.fileTime) }
        guard here.usesDNS else {
            if let found = await system(host) { return found }
            throw ResolveFailure(.noName, "\(Quoted.quote(host)): the resolver of this machine knows no such name")
        }
        do throws(ResolveFailure) {
            let found = try await run(&search, [.a, .aaaa], here)
            return ResolvedAddresses(
                sorted(Self.addresses(found.records)), ttl: .seconds(Int64(found.ttl)), missing: found.missing)
        } catch {
            guard here.asksSystem, error.isCertain, let found = await system(host) else { throw error }
            return found
        }
    }

    /// The machines that offer a service, `_http._tcp.agents.example`.
    ///
    /// - Parameter withAddresses: their addresses too, for which their names are looked up where the answer has none.
    package func services(_ name: String, withAddresses: Bool = true) async throws(ResolveFailure) -> ResolvedServices {
        let here = surroundings()
        guard var search = Search(name, for: "SRV record", here.configuration) else { throw Self.noName(name) }
        let found = try await run(&search, [.srv], here)
        // RFC 2782: the root as target says that there is decidedly no such service
        let targets = Set(found.records.compactMap(Self.target)).filter { $0 != .root }
        guard !targets.isEmpty else {
            throw ResolveFailure(
                .noRecords, "\(Quoted.quote(name)): its SRV record says that there is no such service",
                ttl: .seconds(Int64(found.ttl)))
        }
        let hosts = withAddresses ? await self.hosts(targets, found.additional, here) : [:]
        var ttl = Duration.seconds(Int64(found.ttl))
        var services: [ResolvedService] = []
        for record in Set(found.records) {
            guard case .service(let priority, let weight, let port, let target) = record.value, target != .root
            else { continue }
            var service = ResolvedService(
                target: "\(target)", port: Int(port), priority: Int(priority), weight: Int(weight), addresses: [])
            switch hosts[target] {
            case .success(let found):
                service.addresses = found.addresses
                service.failure = found.missing
                ttl = min(ttl, found.ttl)
            case .failure(let failure):
                service.failure = failure
                ttl = min(ttl, failure.ttl ?? ttl)
            case nil: break
            }
            services.append(service)
        }
        services.sort { ($0.priority, $0.target, $0.port) < ($1.priority, $1.target, $1.port) }
        return ResolvedServices(services, ttl: ttl)
    }

    // MARK: lookups

    private func run(
        _ search: inout Search, _ kinds: [DNSMessage.Kind], _ here: Surroundings
    ) async throws(ResolveFailure) -> Search.Found {
        var action = search.started()
        while true {
            switch action {
            case .look(let name):
                let outcomes = await lookUp(name, kinds, here)
                if Task.isCancelled { throw ResolveFailure(.cancelled, "the question was given up") }
                action = search.ended(outcomes)
            case .found(let found): return found
            case .failed(let failure): throw failure
            }
        }
    }

    /// All kinds at once, the outcomes in their order.
    private func lookUp(
        _ name: DNSName, _ kinds: [DNSMessage.Kind], _ here: Surroundings
    ) async -> [Lookup.Outcome] {
        await withTaskGroup(of: (Int, Lookup.Outcome).self) { group in
            for (index, kind) in kinds.enumerated() {
                group.addTask { (index, await self.lookUp(name, kind, here)) }
            }
            var outcomes = [Lookup.Outcome?](repeating: nil, count: kinds.count)
            for await (index, outcome) in group { outcomes[index] = outcome }
            return outcomes.compactMap { $0 }
        }
    }

    private func lookUp(_ name: DNSName, _ kind: DNSMessage.Kind, _ here: Surroundings) async -> Lookup.Outcome {
        var random = SystemRandomNumberGenerator()
        var lookup = Lookup(name, kind, here.configuration, first: here.turn)
        var action = lookup.started(&random)
        while true {
            switch action {
            case .end(let outcome): return outcome
            case .ask(let ask):
                switch await DNSTurn.run(ask, on: group.any()) {
                case .answered(let message): action = lookup.answered(message, &random)
                case .timedOut: action = lookup.timedOut(&random)
                case .failed(let reason): action = lookup.failed(reason, &random)
                case .cancelled: return .failed(wereHeard: false, ["the question was given up"])
                }
            }
        }
    }

    /// The targets of services, a few at a time. What came along with the answer is not asked for.
    private func hosts(
        _ targets: Set<DNSName>, _ known: [DNSRecord], _ here: Surroundings
    ) async -> [DNSName: Result<ResolvedAddresses, ResolveFailure>] {
        let atOnce = 16
        let order = Array(targets)
        return await withTaskGroup(of: (DNSName, Result<ResolvedAddresses, ResolveFailure>).self) { group in
            for target in order.prefix(atOnce) { group.addTask { (target, await self.host(target, known, here)) } }
            var hosts: [DNSName: Result<ResolvedAddresses, ResolveFailure>] = [:]
            var next = atOnce
            for await (target, found) in group {
                hosts[target] = found
                guard next < order.count else { continue }
                let target = order[next]
                next += 1
                group.addTask { (target, await self.host(target, known, here)) }
            }
            return hosts
        }
    }

    private func host(
        _ target: DNSName, _ known: [DNSRecord], _ here: Surroundings
    ) async -> Result<ResolvedAddresses, ResolveFailure> {
        let brought = known.filter { $0.name == target && ($0.kind == .a || $0.kind == .aaaa) }
        let kinds = [DNSMessage.Kind.a, .aaaa].filter { kind in !brought.contains { $0.kind == kind } }
        var outcomes = await lookUp(target, kinds, here)
        if let least = brought.map(\.ttl).min() { outcomes.append(.found(brought, additional: [], ttl: least)) }
        guard var search = Search("\(target).", for: "address", here.configuration) else {
            return .failure(Self.noName("\(target)"))
        }
        _ = search.started()
        switch search.ended(outcomes) {
        case .found(let found):
            return .success(
                ResolvedAddresses(
                    sorted(Self.addresses(found.records)), ttl: .seconds(Int64(found.ttl)), missing: found.missing))
        case .failed(let failure): return .failure(failure)
        case .look: return .failure(Self.noName("\(target)"))
        }
    }

    // MARK: parts

    private func surroundings() -> Surroundings {
        state.withLock { state in
            state.files.refresh()
            state.turn &+= 1
            let isOurs = !state.settings.servers.isEmpty
            return Surroundings(
                configuration: state.files.configuration.under(state.settings), hosts: state.files.hosts,
                usesDNS: isOurs || state.files.services.usesDNS,
                asksSystem: !isOurs && state.files.services.hasOthers, turn: state.turn & 0xFFFF)
        }
    }

    /// The system's resolver blocks, and must not hold up a thread that others need.
    private func system(_ host: String) async -> ResolvedAddresses? {
        let found = try? await NIOThreadPool.singleton.runIfActive { HostLookup.addresses(host, 0) }
        var addresses: [HostAddress] = []
        for address in (found ?? []).compactMap({ HostAddress($0) }) where !addresses.contains(address) {
            addresses.append(address)
        }
        return addresses.isEmpty ? nil : ResolvedAddresses(addresses, ttl: Self.systemTime)
    }

    private func sorted(_ addresses: [HostAddress]) -> [HostAddress] {
        AddressOrder.sorted(addresses, source: SourceAddress.toward)
    }

    private static func addresses(_ records: [DNSRecord]) -> [HostAddress] {
        var addresses: [HostAddress] = []
        var seen: Set<HostAddress> = []
        for case .address(let bytes) in records.map(\.value) {
            let address = HostAddress(bytes)
            if seen.insert(address).inserted { addresses.append(address) }
        }
        return addresses
    }

    private static func target(_ record: DNSRecord) -> DNSName? {
        guard case .service(_, _, _, let target) = record.value else { return nil }
        return target
    }

    private static func noName(_ text: String) -> ResolveFailure {
        ResolveFailure(.name, "\(Quoted.quote(text)) is no name: expected letters, digits, hyphens and dots")
    }
}
