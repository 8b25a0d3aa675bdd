internal import Balancer
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// The addresses of agents' hosts, resolved off the loops and read by them. Names are looked up again every half
/// minute, so that an agent that moved is found.
final class AddressBook: Sendable {
    private struct Entry {
        var addresses: [SocketAddress] = []
        var preferred = 0
    }

    private let entries = Mutex<[Endpoint: Entry]>([:])

    func addresses(of endpoint: Endpoint) -> [SocketAddress] {
        entries.withLock { $0[endpoint]?.addresses ?? [] }
    }

    /// The address that last accepted a connection.
    func preferred(of endpoint: Endpoint) -> Int { entries.withLock { $0[endpoint]?.preferred ?? 0 } }

    func prefer(_ index: Int, of endpoint: Endpoint) {
        entries.withLock { $0[endpoint]?.preferred = index }
    }

    /// Looks up all hosts; one that cannot be found keeps the addresses it had. Blocks: never on a loop.
    func resolve(_ endpoints: some Sequence<Endpoint>) {
        for endpoint in Set(endpoints) {
            let found = Self.lookUp(endpoint)
            guard !found.isEmpty else { continue }
            entries.withLock { entries in
                var entry = entries[endpoint] ?? Entry()
                if entry.addresses != found {
                    entry.addresses = found
                    entry.preferred = 0
                }
                entries[endpoint] = entry
            }
        }
    }

    /// Those whose addresses are not known yet.
    func unknown(of endpoints: some Sequence<Endpoint>) -> Set<Endpoint> {
        entries.withLock { entries in Set(endpoints).filter { entries[$0] == nil } }
    }

    /// Forgets all others.
    func keep(_ endpoints: Set<Endpoint>) {
        entries.withLock { entries in entries = entries.filter { endpoints.contains($0.key) } }
    }

    private static func lookUp(_ endpoint: Endpoint) -> [SocketAddress] {
        switch endpoint.address {
        case .unix(let path): return (try? [SocketAddress(unixDomainSocketPath: path)]) ?? []
        case .tcp(let host, let port):
            if let literal = try? SocketAddress(ipAddress: host, port: port) { return [literal] }
            return HostLookup.addresses(host, port)
        }
    }
}
