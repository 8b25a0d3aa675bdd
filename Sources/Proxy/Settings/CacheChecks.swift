import Balancer
import Cache
import Routing
import Settings

/// What the cache and the rules ask for must fit together, and must not be more than it seems.
struct CacheChecks {
    private let settings: GatewaySettings
    private let node: Node

    static func check(_ settings: GatewaySettings, _ node: Node, _ reading: inout Reading) {
        let checks = CacheChecks(settings: settings, node: node)
        reading.under("cache") { reading in
            checks.checkDirectories(&reading)
            checks.checkLease(&reading)
            checks.checkRequests(&reading)
        }
        let rules = node["routing"]?["rules"]?.elements ?? []
        for (index, rule) in settings.routing.rules.enumerated() where rules.indices.contains(index) {
            guard let written = rules[index]["cache"] else { continue }
            let path = reading.path
            reading.path += ["routing", "rules", "[\(index)]", "cache"]
            checks.check(rule, written, &reading)
            reading.path = path
        }
    }

    // MARK: layers

    /// A directory has one owner: what another one wrote is none of its entries, and is removed.
    private func checkDirectories(_ reading: inout Reading) {
        var owners: [String: String] = [:]
        for layer in settings.cache.stores where layer.type == .disk {
            guard let directory = layer.directory, let name = layer.name else { continue }
            guard let owner = owners.updateValue(name, forKey: directory) else { continue }
            let written = layer.isForRequests ? place("requestCache") : place("layers")
            reading.under(layer.isForRequests ? "requestCache" : "layers") {
                $0.error(
                    written,
                    "the directory \(Quoted.quote(directory)) is that of layer \(Quoted.quote(owner)); use another"
                )
            }
        }
    }

    private func checkLease(_ reading: inout Reading) {
        guard settings.cache.collapse.lease, settings.cache.redis == nil else { return }
        reading.under("collapse") { reading in
            reading.under("lease") {
                $0.warn(
                    node["cache"]?["collapse"]?["lease"]?.position ?? place("collapse"),
                    "has no effect without a layer of type redis in cache.layers")
            }
        }
    }

    // MARK: answers to POST

    /// Nobody's answers would be kept.
    private func checkRequests(_ reading: inout Reading) {
        guard settings.cache.requestCache.enabled, !mayServeModels else { return }
        reading.under("requestCache") { reading in
            reading.under("enabled") {
                $0.warn(
                    node["cache"]?["requestCache"]?["enabled"]?.position ?? place("requestCache"),
                    "nobody is of kind llm, so no answer to a POST is kept; set kind on a rule, a pool or an agent")
            }
        }
    }

    /// Some agent may be one whose answers to POST can be kept, as far as is known before discovery.
    private var mayServeModels: Bool {
        let agents = settings.agents
        return agents.discovery.isDynamic || agents.discovery.agents.isEmpty
            || agents.discovery.agents.contains { $0.kind == .llm } || agents.pools.values.contains { $0.kind == .llm }
            || settings.routing.rules.contains { $0.kind == .llm }
    }

    // MARK: rules

    private func check(_ rule: RuleSettings, _ written: Node, _ reading: inout Reading) {
        let cache = rule.cache
        let place = written["strategy"]?.position ?? written.position
        if cache.authorization, !cache.tenant {
            reading.under("authorization") {
                $0.warn(
                    written["authorization"]?.position ?? place,
                    "with tenant: false, whoever asks gets what was answered to others' credentials; leave one out"
                )
            }
        }
        guard let strategy = cache.strategy, strategy != .off else { return }
        reading.under("strategy") { reading in
            if settings.cache.stores.isEmpty {
                let why = settings.cache.enabled ? "cache.layers names no layer" : "cache.enabled is false"
                reading.warn(
                    place, "keeps nothing: \(why); expected for example layers: [{name: \"L1\", type: \"memory\"}]")
            } else if strategy != .http, rule.kind == .openclaw || rule.kind == nil && !mayServeModels {
                reading.warn(
                    place,
                    "keeps no answer to a POST: agents of kind openclaw act on requests; set kind: llm if these do not"
                )
            }
        }
    }

    /// Where a key of `cache` stands.
    private func place(_ key: String) -> Position {
        node["cache"]?[key]?.position ?? node["cache"]?.position ?? node.position
    }
}
