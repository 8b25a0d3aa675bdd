import Access
import Balancer
import Routing
import Settings

/// What the rules say must be found among the agents and tokens. Only warnings: agents may come later.
struct TargetChecks {
    private let ids: Set<String>
    private let tags: Set<String>
    private let pools: Set<String>
    /// Agents that nobody wrote down may bear any name.
    private let isDynamic: Bool
    private let auth: AuthSettings

    static func check(_ settings: GatewaySettings, _ node: Node, _ reading: inout Reading) {
        let checks = TargetChecks(settings)
        let rules = node["routing"]?["rules"]?.elements ?? []
        reading.under("routing") { reading in
            reading.under("rules") { reading in
                for (index, rule) in settings.routing.rules.enumerated() {
                    let written = rules.indices.contains(index) ? rules[index]["requiresAuth"] : nil
                    let position = written?.position ?? node.position
                    reading.under("[\(index)]") { checks.check(rule, position, &$0) }
                }
            }
            if let target = settings.routing.default { checks.check(target, "default", &reading) }
        }
    }

    private init(_ settings: GatewaySettings) {
        let agents = settings.agents.discovery.agents
        ids = Set(agents.map(\.id))
        tags = Set(agents.flatMap(\.tags))
        pools = Set(settings.agents.pools.keys).union(agents.compactMap(\.pool))
        isDynamic = settings.agents.discovery.isDynamic
        auth = settings.auth
    }

    private func check(_ rule: RuleSettings, _ position: Position, _ reading: inout Reading) {
        check(rule.target, "target", &reading)
        reading.under("fallback") { reading in
            for name in rule.fallback.values { check(name, &reading) }
        }
        reading.under("requiresAuth") { check(rule.requiresAuth, position, &$0) }
    }

    private func check(_ asked: AuthKinds, _ position: Position, _ reading: inout Reading) {
        if asked.contains(.any), auth.configured.isEmpty {
            reading.warn(position, "auth.tokens is empty: every request of this rule is answered with 401; add a token")
        }
        for (kind, name, key) in AuthKinds.named where asked.contains(kind) && !auth.configured.contains(kind) {
            reading.unready(position, "asks for \(name), of which none is configured; add \(key), or leave it out")
        }
    }

    private func check(_ target: TargetSetting, _ key: String, _ reading: inout Reading) {
        reading.under(key) { reading in
            for choice in target.choices { check(choice.name, &reading) }
        }
    }

    private func check(_ name: Located<TargetName>, _ reading: inout Reading) {
        let (known, kind): (Set<String>, String) =
            switch name.value {
            case .agent: (ids, "agent")
            case .tag: (tags, "tag")
            case .pool: (pools, "pool")
            case .bare: (ids.union(pools).union(tags), "agent, pool or tag")
            }
        let wanted = name.value.name
        guard !isDynamic, !known.contains(wanted) else { return }
        reading.warn(
            name.position,
            "no \(kind) '\(wanted)' yet: nobody serves here until there is one"
                + Nearest.hint(for: wanted, among: known.sorted()))
    }
}
