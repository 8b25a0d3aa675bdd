import Settings
import Testing

@Suite("every key that a layer sets knows where it comes from")
struct OriginsTests {
    private let configuration = load(
        [
            globalFile:
                "{http: {name: 'global', maxConnections: 1}, cache: {defaultTTL: '1s'}, routing: {rules: [{name: 'a', target: 't'}, {name: 'b', target: 'u'}]}, tls: {cert: 'c'}}",
            userFile:
                "{http: {name: 'user', maxConnections: null},\n cache: null, routing: {rules: [{name: 'b', target: 'v', weight: 2}, {name: '0', target: 'w'}]}, pools: {p: {size: 2}, q: null}}",
        ],
        environment: ["OPENCLAW_GATEWAY_HTTP_NAME": "env"], flags: [("http.isStrict", "true"), ("pools.p.size", "3")])

    @Test(
        "below a path, a list as one key, the keys of an entry where the path goes into one",
        arguments: [
            (
                "",
                [
                    "gateway.http.maxConnections user", "gateway.http.isStrict flags", "gateway.http.name environment",
                    "gateway.routing.rules user", "gateway.pools.p.size flags", "gateway.pools.q user",
                    "gateway.cache.defaultTTL user",
                    "gateway.tls global",
                ]
            ),
            (
                "http",
                ["gateway.http.maxConnections user", "gateway.http.isStrict flags", "gateway.http.name environment"]
            ),
            ("http.name", ["gateway.http.name environment"]), ("http.listen", []), ("strategy", []), ("htp", []),
            ("routing", ["gateway.routing.rules user"]), ("routing.rules", ["gateway.routing.rules user"]),
            (
                "routing.rules.b",
                [
                    "gateway.routing.rules.b.name user", "gateway.routing.rules.b.target user",
                    "gateway.routing.rules.b.weight user",
                ]
            ),
            (
                "routing.rules[0]",
                [
                    "gateway.routing.rules[0].name user", "gateway.routing.rules[0].target user",
                    "gateway.routing.rules[0].weight user",
                ]
            ),
            ("routing.rules.0", ["gateway.routing.rules.0.name user", "gateway.routing.rules.0.target user"]),
            ("routing.rules.nobody", []), ("pools", ["gateway.pools.p.size flags", "gateway.pools.q user"]),
            ("tls.cert", ["gateway.tls.cert global"]),
            ("cache", ["gateway.cache.defaultTTL user"]), ("cache.requestCache", ["gateway.cache.requestCache user"]),
        ] as [(String, [String])])
    func under(_ path: String, _ lines: [String]) throws {
        let segments = try #require(KeyPathText.split(path))
        let origins = configuration.origins(under: segments)
        #expect(origins.map { "\($0.path) \($0.1.layer)" } == lines)
        for (path, origin) in origins {
            let alone = try #require(configuration.origin(of: path))
            #expect(alone.position == origin.position && alone.path == path)
            #expect(alone.overridden.map(\.layer) == origin.overridden.map(\.layer), "\(path)")
            #expect(alone.value?.json == origin.value?.json, "\(path)")
        }
    }

    @Test(
        "an entry goes by its identity in every layer",
        arguments: [
            ("routing.rules.b.target", "user", "v", ["global"]), ("routing.rules.a.target", "user", nil, ["global"]),
            ("routing.rules.b.weight", "user", "2", ["default"]), ("routing.rules.0.target", "user", "w", ["global"]),
            ("routing.rules[0].target", "user", "v", ["global"]),
        ] as [(String, String, String?, [String])])
    func identity(_ path: String, _ layer: String, _ value: String?, _ others: [String]) throws {
        let origin = try #require(configuration.origin(of: path))
        #expect(origin.layer == layer)
        #expect(origin.value?.string ?? origin.value?.json == value)
        #expect(origin.overridden.map(\.layer) == others)
    }

    @Test("ten thousand pools and rules take no quadratic time")
    func many() {
        let pools = (0..<10_000).map { "p\($0): {size: 1}" }.joined(separator: ",")
        let rules = (0..<10_000).map { "{name: 'r\($0)', target: 't'}" }.joined(separator: ",")
        let large = load("{pools: {\(pools)}, routing: {rules: [\(rules)]}}")
        let clock = ContinuousClock()
        let start = clock.now
        #expect(large.origins(under: []).count == 10_001)
        #expect(large.origins(under: ["routing", "rules", "r9999"]).count == 2)
        #expect(clock.now - start < .seconds(10))
    }
}
