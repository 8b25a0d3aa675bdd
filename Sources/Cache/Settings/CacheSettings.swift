package import Settings

/// The key `cache`: answers that are kept. Without layers, and without `requestCache`, none is.
package struct CacheSettings: Section {
    package var enabled = true
    package var layers: [CacheLayerSettings] = []
    package var defaultTTL: Duration?
    package var heuristic = HeuristicSettings()
    package var negative: [String: Duration] = [:]
    package var staleWhileRevalidate: Duration?
    package var staleIfError: Duration?
    package var cacheControl = CacheControlSettings()
    package var targeted = TargetedSettings()
    package var requestCache = RequestCacheSettings()
    package var collapse = CollapseSettings()
    package var shadow = false
    package var purge = PurgeSettings()
    package var warm = WarmSettings()

    package init() {}

    package static let keys: [Key<CacheSettings>] = [
        .value(
            "enabled", \.enabled,
            "false: nothing is looked up and nothing is kept, whatever else is said here; what layers hold stays"),
        .list(
            "layers", \.layers,
            "where answers are kept, asked in this order; with at least one, answers to GET are kept as RFC 9111 says"),
        .value(
            "defaultTTL", \.defaultTTL,
            "how long an answer to GET is fresh that states nothing about it: no `Cache-Control`, `Expires` or "
                + "`Last-Modified`; never where the request has credentials or a session key. Absent: such an answer "
                + "is not kept", check: Check.positive),
        .section("heuristic", \.heuristic, "how long an answer is fresh that tells no more than when it changed"),
        .value(
            "negative", \.negative,
            "how long an error is kept that states nothing about it, by status: {\"404\": \"10s\"}",
            check: NegativeStatus.check),
        .value(
            "staleWhileRevalidate", \.staleWhileRevalidate,
            "a stale answer is given for so long while a new one is fetched (RFC 5861 3), where the agent does not say "
                + "how long; never where it says `must-revalidate`", check: Check.positive),
        .value(
            "staleIfError", \.staleIfError,
            "a stale answer is given for so long while agents fail (RFC 5861 4), where the agent does not say how long",
            check: Check.positive),
        .section("cacheControl", \.cacheControl, "what clients are told about answers of which the agent told nothing"),
        .section("targeted", \.targeted, "fields that speak to caches on the way alone (RFC 9213)"),
        .section("requestCache", \.requestCache, "answers to POST requests of agents of kind `llm`"),
        .section("collapse", \.collapse, "one request for all that ask for the same and do not find it"),
        .value(
            "shadow", \.shadow,
            "nobody is served from the cache: what would have been is compared with the agent's answer and counted in "
                + "`gateway_cache_shadow_total`"),
        .section("purge", \.purge, "who may remove entries by the method PURGE"),
        .section("warm", \.warm, "what is fetched at the start, so that it is there"),
    ]

    package static func check(_ value: CacheSettings, _ node: Node, _ reading: inout Reading) {
        checkNames(value, node, &reading)
        let backend = value.requestCache.backend
        guard value.requestCache.enabled, backend == .redis, value.redis == nil else { return }
        reading.under("requestCache") { reading in
            reading.under("backend") {
                $0.error(
                    node["requestCache"]?["backend"]?.position ?? node.position,
                    "names no Redis; expected a layer of type redis in cache.layers, which has the address")
            }
        }
    }

    /// Layers are told apart by their names in metrics and by `cache stats`.
    private static func checkNames(_ value: CacheSettings, _ node: Node, _ reading: inout Reading) {
        var seen: Set<String> = []
        reading.under("layers") { reading in
            for (index, name) in value.layerNames.enumerated() where !seen.insert(name).inserted {
                let entry = node["layers"]?.elements?[index]
                let position = entry?["name"]?.position ?? entry?.position ?? node.position
                reading.under("[\(index)]") { reading in
                    reading.under("name") {
                        $0.error(position, "\(Quoted.quote(name)) is the name of another layer; rename one")
                    }
                }
            }
        }
    }
}

extension CacheSettings {
    /// What each layer is called: as it is written, else by its place and type: `L2-redis`.
    package var layerNames: [String] {
        layers.enumerated().map { index, layer in layer.name ?? "L\(index + 1)-\(layer.type.rawValue)" }
    }

    /// The layers in force, first asked first, each with its name: those that are written, and that of `requestCache`.
    package var stores: [CacheLayerSettings] {
        guard enabled else { return [] }
        var all = zip(layers, layerNames).map { layer, name in
            var layer = layer
            layer.name = name
            return layer
        }
        if let own = requestCache.layer(over: redis), !all.contains(where: { $0.name == own.name }) { all.append(own) }
        return all
    }

    /// The first Redis among the layers.
    package var redis: CacheLayerSettings? { layers.first { $0.type == .redis } }

    /// `negative` as the policy takes it: seconds by status.
    package var negativeLifetimes: [Int: Int64] {
        var lifetimes: [Int: Int64] = [:]
        for (status, lifetime) in negative {
            if let status = Int(status) { lifetimes[status] = lifetime.components.seconds }
        }
        return lifetimes
    }
}
