internal import Balancer
internal import Logging
internal import NIOCore
internal import Settings
internal import Synchronization

/// The addresses of agents' hosts, looked up off the loops and read by them. Names are looked up again when what is
/// known of them no longer holds, so that an agent that moved is found.
final class AddressBook: Sendable {
    private struct Entry {
        var addresses: [SocketAddress] = []
        var preferred = 0
        /// Monotonic nanoseconds: when to look again.
        var due = Int64.max
        /// Why the last lookup found nothing; nil where it did.
        var failure: String?
    }

    /// How long an answer is believed, whatever its TTL. The servers of container networks say 600 s and mean nothing
    /// by it; who says 0 is not asked for every request.
    static let times = Duration.seconds(1)...Duration.seconds(30)
    /// Lookups at once.
    private static let mostAtOnce = 16

    let resolver: Resolver
    private let entries = Mutex<[Endpoint: Entry]>([:])

    init(_ resolver: Resolver = Resolver()) { self.resolver = resolver }

    func addresses(of endpoint: Endpoint) -> [SocketAddress] {
        entries.withLock { $0[endpoint]?.addresses ?? [] }
    }

    /// Why the last lookup found nothing.
    func failure(of endpoint: Endpoint) -> String? { entries.withLock { $0[endpoint]?.failure } }

    /// The address that last accepted a connection.
    func preferred(of endpoint: Endpoint) -> Int { entries.withLock { $0[endpoint]?.preferred ?? 0 } }

    func prefer(_ index: Int, of endpoint: Endpoint) {
        entries.withLock { $0[endpoint]?.preferred = index }
    }

    /// Looks up all hosts; one that cannot be found keeps the addresses it had.
    func resolve(_ endpoints: some Sequence<Endpoint>, log: Logger? = nil) async {
        let wanted = Array(Set(endpoints))
        await withTaskGroup(of: Void.self) { group in
            for (index, endpoint) in wanted.enumerated() {
                if index >= Self.mostAtOnce { await group.next() }
                group.addTask { await self.lookUp(endpoint, log) }
            }
        }
    }

    /// Looks up again whose time has come, until the task is cancelled.
    func follow(log: Logger, _ endpoints: @Sendable () -> [Endpoint]) async {
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.times.lowerBound)
            let now = LogClock.now().monotonic
            let wanted = Set(endpoints())
            let due = entries.withLock { entries in wanted.filter { (entries[$0]?.due ?? 0) <= now } }
            if !due.isEmpty, !Task.isCancelled { await resolve(due, log: log) }
        }
    }

    /// Those whose addresses are not known yet.
    func unknown(of endpoints: some Sequence<Endpoint>) -> Set<Endpoint> {
        entries.withLock { entries in Set(endpoints).filter { entries[$0]?.addresses.isEmpty ?? true } }
    }

    /// Forgets all others.
    func keep(_ endpoints: Set<Endpoint>) {
        entries.withLock { entries in entries = entries.filter { endpoints.contains($0.key) } }
    }

    // MARK: one host

    private func lookUp(_ endpoint: Endpoint, _ log: Logger?) async {
        switch endpoint.address {
        case .unix(let path):
            let address = try? SocketAddress(unixDomainSocketPath: path)
            found(endpoint, address.map { [$0] } ?? [], until: .max)
        case .tcp(let host, let port):
            do throws(ResolveFailure) {
                let answer = try await resolver.addresses(host)
                var addresses = answer.addresses.map { $0.socketAddress(port: port, name: host) }
                if answer.missing != nil { addresses += others(than: addresses, of: endpoint) }
                let isLiteral = HostAddress(host) != nil
                if let before = found(endpoint, addresses, until: isLiteral ? .max : Self.due(answer.ttl)) {
                    log?.notice("a host is found again", metadata: ["host": "\(host)", "before": "\(before)"])
                }
            } catch {
                if error.kind == .cancelled { return }
                let wasFine = missed(endpoint, error.message, until: Self.due(error.ttl ?? Self.times.lowerBound * 5))
                guard wasFine, let log else { return }
                let kept = addresses(of: endpoint).isEmpty ? "it has no address" : "the addresses it had are kept"
                log.warning(
                    "a host is not found; \(kept)", metadata: ["host": "\(host)", "reason": "\(error.message)"])
            }
        }
    }

    /// Addresses that were known, of the family of which the answer has none.
    private func others(than found: [SocketAddress], of endpoint: Endpoint) -> [SocketAddress] {
        let isSix = found.contains { $0.protocol == .inet6 }
        return addresses(of: endpoint).filter { ($0.protocol == .inet6) != isSix }
    }

    /// What the failure was before, if there was one.
    @discardableResult
    private func found(_ endpoint: Endpoint, _ addresses: [SocketAddress], until due: Int64) -> String? {
        entries.withLock { entries in
            var entry = entries[endpoint] ?? Entry()
            let before = entry.failure
            // servers rotate their answers; the order that was tried first stays
            if Set(entry.addresses) != Set(addresses) {
                let last = entry.addresses.indices.contains(entry.preferred) ? entry.addresses[entry.preferred] : nil
                entry.addresses = addresses
                entry.preferred = last.flatMap { addresses.firstIndex(of: $0) } ?? 0
            }
            entry.due = due
            entry.failure = nil
            entries[endpoint] = entry
            return before
        }
    }

    /// Whether the lookup before found something.
    private func missed(_ endpoint: Endpoint, _ failure: String, until due: Int64) -> Bool {
        entries.withLock { entries in
            var entry = entries[endpoint] ?? Entry()
            let wasFine = entry.failure == nil
            entry.failure = failure
            entry.due = due
            entries[endpoint] = entry
            return wasFine
        }
    }

    private static func due(_ ttl: Duration) -> Int64 {
        LogClock.now().monotonic + min(max(ttl, times.lowerBound), times.upperBound).nanoseconds
    }
}
