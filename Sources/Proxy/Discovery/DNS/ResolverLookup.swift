/// The proxy's resolver, as discovery asks it: what is certain is told apart from what nobody could say.
struct ResolverLookup: NameLookup {
    let resolver: Resolver

    func addresses(of name: String) async -> NameAnswer<String> {
        do throws(ResolveFailure) {
            let found = try await resolver.addresses(name)
            return .found(
                found.addresses.map { "\($0)" }, ttl: found.ttl, isPartial: found.missing != nil)
        } catch {
            return Self.answer(error)
        }
    }

    func services(of name: String) async -> NameAnswer<NamedService> {
        do throws(ResolveFailure) {
            let found = try await resolver.services(name)
            // a host that certainly has no address serves nobody
            let there = found.records.filter { !($0.addresses.isEmpty && $0.failure?.isCertain == true) }
            return .found(
                there.map {
                    NamedService(host: $0.target, port: $0.port, priority: $0.priority, weight: $0.weight)
                }, ttl: found.ttl, isPartial: false)
        } catch {
            return Self.answer(error)
        }
    }

    private static func answer<Record>(_ failure: ResolveFailure) -> NameAnswer<Record> {
        failure.isCertain ? .nothing(failure.message, ttl: failure.ttl) : .failed(failure.message)
    }
}
