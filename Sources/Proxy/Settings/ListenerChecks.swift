import Settings

/// No two listeners may want one port.
enum ListenerChecks {
    private struct Listener {
        var key: [String]
        var address: ListenAddress
        /// Nil where it is a default.
        var position: Position?
    }

    static func check(_ settings: GatewaySettings, _ node: Node, _ reading: inout Reading) {
        let all = listeners(settings, node)
        if settings.http.listen.values.isEmpty {
            reading.under("http") { reading in
                reading.under("listen") {
                    $0.error(
                        node["http"]?["listen"]?.position ?? node.position,
                        "names no address; clients could not connect")
                }
            }
        }
        for (index, later) in all.enumerated() {
            guard let earlier = all[..<index].first(where: { overlap($0.address, later.address) }) else { continue }
            let path = reading.path
            reading.path += later.key
            reading.error(
                later.position ?? earlier.position ?? node.position,
                "\(later.address.spelling) overlaps \(earlier.address.spelling) of "
                    + "\(earlier.key.prefix(2).joined(separator: ".")); expected a port of its own")
            reading.path = path
        }
        checkToken(settings.admin, node, &reading)
    }

    /// Who reaches the admin listener from another machine must show a token, and one that was made here is known to
    /// nobody there.
    private static func checkToken(_ admin: AdminSettings, _ node: Node, _ reading: inout Reading) {
        guard admin.token == nil, !admin.listen.isLocal else { return }
        let path = reading.path
        reading.path += ["admin", "listen"]
        reading.unready(
            node["admin"]?["listen"]?.position ?? node.position,
            "\(admin.listen.spelling) can be reached from other machines, and admin.token is not set; set it, or listen on 127.0.0.1 or a unix: socket"
        )
        reading.path = path
    }

    private static func listeners(_ settings: GatewaySettings, _ node: Node) -> [Listener] {
        let listen = node["http"]?["listen"]
        var all = settings.http.listen.values.enumerated().map { index, address in
            guard let elements = listen?.elements, elements.indices.contains(index) else {
                return Listener(key: ["http", "listen"], address: address, position: listen?.position)
            }
            return Listener(
                key: ["http", "listen", "[\(index)]"], address: address, position: elements[index].position)
        }
        if settings.http.tls.isOn, let address = settings.http.tls.redirectFrom {
            let position = node["http"]?["tls"]?["redirectFrom"]?.position
            all.append(Listener(key: ["http", "tls", "redirectFrom"], address: address, position: position))
        }
        if let address = settings.monitoring.listen {
            let position = node["monitoring"]?["listen"]?.position
            all.append(Listener(key: ["monitoring", "listen"], address: address, position: position))
        }
        let position = node["admin"]?["listen"]?.position
        all.append(Listener(key: ["admin", "listen"], address: settings.admin.listen, position: position))
        return all
    }

    /// Port 0 is another one for each listener.
    static func overlap(_ one: ListenAddress, _ two: ListenAddress) -> Bool {
        switch (one, two) {
        case (.unix(let first), .unix(let second)): return first == second
        case (.tcp(let first, let port), .tcp(let second, let other)):
            return port == other && port != 0 && (covers(first, second) || covers(second, first))
        default: return false
        }
    }

    private static func covers(_ wide: String, _ host: String) -> Bool {
        switch wide {
        // Both families.
        case "::": true
        case "0.0.0.0": !host.contains(":")
        case "localhost": host == "localhost" || host == "127.0.0.1" || host == "::1"
        default: wide == host
        }
    }
}
