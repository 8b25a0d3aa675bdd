package import Settings

/// What a name is asked for.
package enum DiscoveryRecord: String, Variant, Hashable {
    /// A and AAAA: addresses.
    case address
    /// SRV: hosts with their ports, weights and priorities (RFC 2782).
    case srv

    package static var noun: String { "record type" }
    package static var spellings: [String: DiscoveryRecord] { ["a": .address, "aaaa": .address] }
}

/// One entry of `agents.discovery.dns`: a name whose addresses are agents.
package struct DiscoveryDNSSettings: DiscoveryByAddress {
    package var name = ""
    package var type = DiscoveryRecord.address
    /// Of the addresses; SRV tells its own.
    package var port: Int?
    package var minTTL = Duration.seconds(1)
    package var maxTTL = Duration.seconds(60)
    package var template = DiscoveryTemplate()

    package init() {}

    package static let keys: [Key<DiscoveryDNSSettings>] =
        [
            .required(
                "name", \.name, "the name, as the service of a compose file or `_http._tcp.gateways.example.org`",
                check: checkName),
            .value("type", \.type, "`address` for A and AAAA with `port`, or `srv`"),
            .value("port", \.port, "where the agents serve; SRV tells it itself", check: Check.port),
            .value(
                "minTTL", \.minTTL, "asked no more often than this, however short the answer lives", unit: .seconds,
                check: Check.positive),
            .value(
                "maxTTL", \.maxTTL, "asked at least this often, however long the answer lives", unit: .seconds,
                check: Check.positive),
        ] + templateKeys

    package static func check(_ value: DiscoveryDNSSettings, _ node: Node, _ reading: inout Reading) {
        if value.type == .address, value.port == nil {
            reading.under("port") {
                $0.error(node.position, "is missing; expected the port of the agents, or type: \"srv\"")
            }
        }
        if value.minTTL > value.maxTTL {
            reading.under("minTTL") {
                $0.error(
                    node["minTTL"]?.position ?? node.position,
                    "expected at most maxTTL (\(value.maxTTL.spelling)), found \(value.minTTL.spelling)")
            }
        }
    }

    /// A name of RFC 1035 with the underscores of SRV and of containers; an address has no name to ask for.
    private static func checkName(_ name: String) -> String? {
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        let wrong = "expected a name such as gateways or _http._tcp.gateways, found \(Quoted.quote(name))"
        guard !name.isEmpty, name.utf8.count <= 253, IPText.bytes(name[...]) == nil else { return wrong }
        for (index, label) in labels.enumerated() {
            if label.isEmpty, index == labels.count - 1, index > 0 { continue }
            let isFine = label.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
                }
            }
            guard isFine, (1...63).contains(label.utf8.count) else { return wrong }
        }
        return nil
    }
}
