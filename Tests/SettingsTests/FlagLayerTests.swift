import Settings
import Testing

@Suite("flags --config.KEY=VALUE set keys")
struct FlagLayerTests {
    static let readings: [(String, String, @Sendable (Toy) -> Bool)] = [
        ("http.name", "8080", { $0.http.name == "8080" }), ("http.name", "null", { $0.http.name == "null" }),
        ("http.name", "'q'", { $0.http.name == "'q'" }),
        ("http.max_connections", "0x10", { $0.http.maxConnections == 16 }),
        ("http.isStrict", "true", { $0.http.isStrict }),
        ("http.readTimeout", "5s", { $0.http.readTimeout == .seconds(5) }),
        ("http.listen", ":1,:2", { $0.http.listen.values.count == 2 }),
        ("http.listen", "[':1', ':2', ':3']", { $0.http.listen.values.count == 3 }),
        ("http", "{max_connections: 3}", { $0.http.maxConnections == 3 }),
        ("pools.chat.tags", "a,b", { $0.pools["chat"]?.tags == ["a", "b"] }),
        ("pools[\"a.b\"].size", "2", { $0.pools["a.b"]?.size == 2 }),
        ("pools", "{a: {size: 1}}", { $0.pools["a"]?.size == 1 }),
        ("routing.rules", "[{name: 'a', target: 'b'}]", { $0.routing.rules.count == 1 }),
        ("cache.requestCache.ttlSeconds", "7", { $0.cache.requestCache.ttlSeconds == .seconds(7) }),
        ("cache.requestCache.maxSizeMb", "\"1KiB\"", { $0.cache.requestCache.maxSizeMb.bytes == 1024 }),
        ("strategy", "round_robin", { $0.strategy == .roundRobin }),
    ]

    @Test("values are read as the key's type wants", arguments: readings)
    func values(_ key: String, _ value: String, _ holds: @Sendable (Toy) -> Bool) {
        for prefix in ["", "gateway."] {
            let configuration = load(flags: [(prefix + key, value)])
            #expect(configuration.lines == [])
            #expect(holds(configuration.root), "\(key)=\(value)")
        }
    }

    @Test(
        "what is wrong is told of the flag",
        arguments: [
            ("http.lisen", "x", "--config.http.lisen: gateway.http.lisen: unknown key; did you mean 'listen'?"),
            (
                "http.maxConnections", "x",
                "--config.http.maxConnections: gateway.http.maxConnections: expected a whole number, found string 'x'"
            ),
            ("http", "{lisen: 1}", "--config.http: gateway.http.lisen: unknown key; did you mean 'listen'?"),
            ("http", "5", "--config.http: gateway.http: expected an object in JSON5, found number 5"),
            (
                "http", "{",
                "--config.http: gateway.http: not JSON5 at character 2: expected a key, found the end of the text"
            ),
            (
                "routing.rules[0].name", "x",
                "--config.routing.rules[0].name: gateway.routing.rules: a flag sets this key as a whole; give --config.routing.rules=VALUE"
            ),
            (
                "http.name.x", "1",
                "--config.http.name.x: gateway.http.name: a flag sets this key as a whole; give --config.http.name=VALUE"
            ),
            ("", "1", "--config.: gateway: expected a key such as http.listen between '--config.' and '='"),
            ("a..b", "1", "--config.a..b: gateway: expected a key such as http.listen between '--config.' and '='"),
        ])
    func errors(_ key: String, _ value: String, _ line: String) {
        #expect(load(flags: [(key, value)]).lines == [line])
    }

    @Test("null takes away what lower layers say, and later flags go on from there")
    func null() {
        let files = [userFile: "{http: {maxConnections: 5, name: 'user'}, pools: {a: {size: 1}}}"]
        #expect(load(files, flags: [("http.maxConnections", "null")]).root.http.maxConnections == 10_000)
        let configuration = load(files, flags: [("pools.a", "null"), ("pools.a.tags", "x")])
        #expect(configuration.root.pools["a"]?.size == nil)
        #expect(configuration.root.pools["a"]?.tags == ["x"])
    }

    @Test("keys of a later version are met below too")
    func later() {
        #expect(load(flags: [("tls.enabled", "true")]).problems.map(\.severity) == [.unready])
        #expect(load(flags: [("tls.enabled", "false")]).problems.map(\.severity) == [.warning])
        #expect(load(flags: [("tracing.endpoint.x", "y")]).problems.map(\.severity) == [.warning])
    }
}
