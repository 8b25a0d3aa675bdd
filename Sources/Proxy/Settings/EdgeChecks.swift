import Routing
import Settings

/// What is asked for at the edge must not be more than it seems, nor contradict itself.
enum EdgeChecks {
    static func check(_ settings: GatewaySettings, _ node: Node, _ reading: inout Reading) {
        let http = settings.http
        reading.under("http") { reading in
            tell(http.cors, node["http"]?["cors"], node, &reading)
            let addresses = node["http"]?["proxyProtocol"]?["listen"]
            for address in http.proxyProtocol.listen.values where !http.listen.values.contains(address) {
                reading.path += ["proxyProtocol", "listen"]
                reading.error(
                    addresses?.position ?? node.position,
                    "\(address.spelling) is not among http.listen "
                        + "(\(http.listen.values.map(\.spelling).joined(separator: ", "))); write it as it stands there")
                reading.path.removeLast(2)
            }
            tellOpen(http, node["http"], node, &reading)
        }
        let written = node["routing"]?["rules"]?.elements ?? []
        for (index, rule) in settings.routing.rules.enumerated() where written.indices.contains(index) {
            guard let given = written[index]["cors"] else { continue }
            let path = reading.path
            reading.path += ["routing", "rules", "[\(index)]"]
            tell(rule.cors.over(http.cors), given, node, &reading)
            if rule.cors.enabled != false, !rule.cors.over(http.cors).isOn {
                reading.warn(given.position, "has no effect: neither it nor http.cors names allowedOrigins")
            }
            reading.path = path
        }
    }

    private static func tell(_ cors: CORSSettings, _ written: Node?, _ node: Node, _ reading: inout Reading) {
        guard let contradiction = cors.contradiction else { return }
        reading.path += ["cors", "allowedOrigins"]
        reading.error(
            written?["allowedOrigins"]?.position ?? written?["allowCredentials"]?.position ?? written?.position
                ?? node.position, contradiction)
        reading.path.removeLast(2)
    }

    /// Everybody is believed.
    private static func tellOpen(_ http: HTTPSettings, _ written: Node?, _ node: Node, _ reading: inout Reading) {
        for (key, networks, child) in [
            ("trustedProxies", http.trustedProxies, nil as String?),
            ("proxyProtocol", http.proxyProtocol.from, "from"),
        ] where networks.contains(where: { $0.prefix == 0 }) {
            let place = child.map { written?[key]?[$0] } ?? written?[key]
            reading.path += [key] + (child.map { [$0] } ?? [])
            reading.warn(
                place?.position ?? node.position,
                "believes everybody, so any client can say that it is another; name the networks of your proxies")
            reading.path.removeLast(child == nil ? 1 : 2)
        }
    }
}
