package import Settings

/// The key `agents.discovery`.
package struct DiscoverySettings: Section {
    package var method: OneOrMany<DiscoveryMethod> = [.static]
    package var `static`: [AgentSettings] = []
    package var dns: [DiscoveryDNSSettings] = []
    package var file: [DiscoveryFileSettings] = []
    package var k8s: [DiscoveryK8sSettings] = []

    package init() {}

    package static let keys: [Key<DiscoverySettings>] = [
        .value(
            "method", \.method,
            "where the agents come from: one or several of these; what is written in `static` is always there",
            check: Check.nonEmpty),
        .list("static", \.static, "the agents, written out", identity: "id"),
        .list("dns", \.dns, "names that the method `dns` looks up; one, or a list", orOne: true),
        .list("file", \.file, "files that the method `file` reads and watches; one, or a list", orOne: true),
        .list("k8s", \.k8s, "services that the method `k8s` watches; one, or a list", orOne: true),
    ]

    /// The agents that are written out, and those that were found and put beside them.
    package var agents: [AgentSettings] { `static` }

    /// Whether agents may come that nobody wrote down here.
    package var isDynamic: Bool { method.values.contains { $0 != .static } }

    /// What the methods in force ask for.
    package var names: [DiscoveryDNSSettings] { method.values.contains(.dns) ? dns : [] }
    package var files: [DiscoveryFileSettings] { method.values.contains(.file) ? file : [] }
    package var clusters: [DiscoveryK8sSettings] { method.values.contains(.k8s) ? k8s : [] }

    package static func check(_ value: DiscoverySettings, _ node: Node, _ reading: inout Reading) {
        let sections: [(DiscoveryMethod, Bool, String)] = [
            (.dns, value.dns.isEmpty, "{name: \"gateways\", port: 18789}"),
            (.file, value.file.isEmpty, "{path: \"/etc/openclaw/agents.json\"}"),
            (.k8s, value.k8s.isEmpty, "{service: \"gateways\", port: 18789}"),
        ]
        for (method, isEmpty, example) in sections {
            let word = method.rawValue
            if value.method.values.contains(method) {
                guard isEmpty else { continue }
                reading.under("method") {
                    $0.error(
                        node["method"]?.position ?? node.position,
                        "method '\(word)' needs agents.discovery.\(word); expected for example \(word): \(example)")
                }
            } else if !isEmpty {
                reading.under(word) {
                    $0.warn(
                        node[word]?.position ?? node.position,
                        "agents.discovery.method does not name it: no agents come from it; "
                            + "set method to \"\(word)\", or remove this")
                }
            }
        }
    }
}

extension AgentsSettings {
    /// The same with agents that were found. Where two have one id, the one that is written out stands, else the first.
    package func adding(_ found: [AgentSettings]) -> AgentsSettings {
        guard !found.isEmpty else { return self }
        var all = self
        var ids = Set(discovery.static.map(\.id))
        all.discovery.static += found.filter { ids.insert($0.id).inserted }
        return all
    }
}
