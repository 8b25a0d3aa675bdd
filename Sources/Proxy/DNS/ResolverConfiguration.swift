package import Balancer
internal import Settings

/// Which DNS servers are asked, and how: `/etc/resolv.conf` (resolv.conf(5)) under our own settings.
package struct ResolverConfiguration: Sendable, Equatable {
    private static let mostDomains = 32

    package var servers: [NameServer] = []
    package var search: [DNSName] = []
    package var ndots = 1
    package var timeout = Duration.seconds(5)
    package var attempts = 2
    /// Begin with another server each time.
    package var rotates = false
    /// Ask over TCP from the start.
    package var usesTCP = false

    package init() { servers = [NameServer(address: [127, 0, 0, 1])] }

    /// What cannot be understood is passed over, as the system does.
    ///
    /// - Parameter hostName: where neither `search` nor `domain` is said, what stands behind its first dot is searched.
    package init(resolvConf text: String, hostName: String = "") {
        if let dot = hostName.firstIndex(of: ".") {
            search = DNSName(hostName[hostName.index(after: dot)...]).map { [$0] } ?? []
        }
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") && !line.hasPrefix(";") {
            let words = line.split { $0 == " " || $0 == "\t" }
            guard let key = words.first else { continue }
            switch key {
            case "nameserver": add(server: words.dropFirst().first)
            case "search": search = words.dropFirst().prefix(Self.mostDomains).compactMap { DNSName($0) }
            case "domain": search = words.dropFirst().prefix(1).compactMap { DNSName($0) }
            case "options": for option in words.dropFirst() { take(option) }
            default: break
            }
        }
        if servers.isEmpty { servers = [NameServer(address: [127, 0, 0, 1])] }
    }

    private mutating func add(server text: Substring?) {
        guard servers.count < ResolverSettings.mostServers, let text, let server = NameServer(String(text)),
            !servers.contains(server)
        else { return }
        servers.append(server)
    }

    /// Limits as the system has them.
    private mutating func take(_ option: Substring) {
        let parts = option.split(separator: ":", maxSplits: 1)
        let number = parts.count == 2 ? Int(parts[1]).map { max($0, 0) } : nil
        switch (parts.first, number) {
        case ("ndots", let number?): ndots = min(number, 15)
        case ("timeout", let number?): timeout = .seconds(max(min(number, 30), 1))
        case ("attempts", let number?): attempts = max(min(number, 5), 1)
        case ("rotate", nil): rotates = true
        case ("use-vc", nil): usesTCP = true
        default: break
        }
    }

    /// These, with what the settings say in their place.
    package func under(_ settings: ResolverSettings) -> ResolverConfiguration {
        var result = self
        if !settings.servers.isEmpty { result.servers = settings.servers }
        if let search = settings.search { result.search = search.compactMap { DNSName($0) } }
        if let ndots = settings.ndots { result.ndots = ndots }
        if let timeout = settings.timeout { result.timeout = timeout }
        if let attempts = settings.attempts { result.attempts = max(attempts, 1) }
        return result
    }
}
