package import Settings

/// The key `agents.discovery`.
package struct DiscoverySettings: Section {
    package var method = DiscoveryMethod.static
    package var `static`: [AgentSettings] = []

    package init() {}

    package static let keys: [Key<DiscoverySettings>] = [
        .value("method", \.method, "where the agents come from"),
        .list("static", \.static, "the agents, written out; used by the method `static`", identity: "id"),
        .later("k8s", "agents are the pods that a selector finds"),
        .later("dns", "agents are the addresses of a name"),
        .later("file", "agents are listed in a file that is watched"),
    ]

    /// The agents that this version finds: those written out, unless another method was asked for.
    package var agents: [AgentSettings] { method.isReady ? `static` : [] }

    package static func check(_ value: DiscoverySettings, _ node: Node, _ reading: inout Reading) {
        guard !value.method.isReady else { return }
        let message = "method '\(value.method.rawValue)' is not yet in this version; no agents come from it"
        reading.under("method") { $0.warn(node["method"]?.position ?? node.position, message) }
    }
}
