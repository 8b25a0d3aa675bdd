/// Names that the machine knows by itself: `/etc/hosts` (hosts(5)).
package struct HostsFile: Sendable, Equatable {
    private var addresses: [DNSName: [HostAddress]] = [:]

    package init() {}

    package init(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            let said = line.prefix { $0 != "#" }
            let words = said.split { $0 == " " || $0 == "\t" }
            guard let address = words.first.flatMap({ HostAddress(String($0)) }) else { continue }
            for name in words.dropFirst().compactMap({ DNSName($0) })
            where addresses[name]?.contains(address) != true {
                addresses[name, default: []].append(address)
            }
        }
    }

    /// In the order of their lines. `localhost` and what ends in it are this machine, whatever the file says of others
    /// (RFC 6761, 6.3).
    package subscript(_ name: DNSName) -> [HostAddress] {
        if let found = addresses[name] { return found }
        guard name.labels.last == Array("localhost".utf8) else { return [] }
        return [HostAddress([UInt8](repeating: 0, count: 15) + [1]), HostAddress([127, 0, 0, 1])]
    }
}
