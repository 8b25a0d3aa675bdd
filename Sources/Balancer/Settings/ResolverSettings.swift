package import Settings

/// The key `resolver`: how names of hosts and services become addresses. What is not given is as the machine has it.
package struct ResolverSettings: Section {
    /// As many as are asked in turn.
    package static let mostServers = 8

    package var servers: [NameServer] = []
    package var search: [String]?
    package var ndots: Int?
    package var timeout: Duration?
    package var attempts: Int?

    package init() {}

    package static let keys: [Key<ResolverSettings>] = [
        .value(
            "servers", \.servers, "DNS servers, asked one after the other; without it, those of `/etc/resolv.conf`",
            check: checkServers),
        .value(
            "search", \.search, "domains that are tried behind a name; without it, those of `/etc/resolv.conf`",
            check: checkSearch),
        .value(
            "ndots", \.ndots, "a name with as many dots is tried as it is before the search domains are",
            check: Check.range(0...15)),
        .value(
            "timeout", \.timeout, "a server that does not answer for so long is passed over; 5s where nobody says it",
            check: Check.positive),
        .value(
            "attempts", \.attempts, "how often the servers are asked, all of them; 2 where nobody says it",
            check: Check.range(1...10)),
    ]

    private static func checkServers(_ servers: [NameServer]) -> String? {
        servers.count <= mostServers ? nil : "expected at most \(mostServers) servers, found \(servers.count)"
    }

    private static func checkSearch(_ search: [String]?) -> String? {
        for domain in search ?? [] {
            let isDomain =
                (1...253).contains(domain.utf8.count)
                && domain.utf8.allSatisfy { byte in
                    switch byte {
                    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                        true
                    default: false
                    }
                }
            guard isDomain else { return "expected domains such as svc.cluster.local, found \(Quoted.quote(domain))" }
        }
        return nil
    }
}
