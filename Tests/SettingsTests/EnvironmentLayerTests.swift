import Settings
import Testing

@Suite("variables OPENCLAW_GATEWAY_... set keys")
struct EnvironmentLayerTests {
    @Test("scalars and lists of scalars, read as the key's type wants")
    func values() {
        let configuration = load(environment: [
            "OPENCLAW_GATEWAY_HTTP_LISTEN": "127.0.0.1:1, [::1]:2", "OPENCLAW_GATEWAY_HTTP_NAME": "8080",
            "OPENCLAW_GATEWAY_HTTP_TRUSTED_PROXIES": "[\"10.0.0.0/8\"]", "OPENCLAW_GATEWAY_HTTP_BODY_BYTES": "1024",
            "OPENCLAW_GATEWAY_HTTP_IS_STRICT": "true", "OPENCLAW_GATEWAY_STRATEGY": "roundRobin",
            "OPENCLAW_GATEWAY_CACHE_REQUEST_CACHE_TTL_SECONDS": "90", "OPENCLAW_GATEWAY_CACHE_DEFAULT_TTL": "5m",
            "OPENCLAW_GATEWAY_CACHE_REQUEST_CACHE_SHARE": "25%", "OPENCLAW_GATEWAY_ROUTING_DEFAULT": "a,b",
            "OPENCLAW_GATEWAY_EXTRA_TAGS": "a,b,",
        ])
        #expect(configuration.lines == [])
        #expect(
            configuration.root.http.listen.values == [.tcp(host: "127.0.0.1", port: 1), .tcp(host: "::1", port: 2)])
        #expect(configuration.root.http.name == "8080")
        #expect(configuration.root.http.trustedProxies == [CIDR("10.0.0.0/8")])
        #expect(configuration.root.http.bodyBytes.bytes == 1024)
        #expect(configuration.root.http.isStrict)
        #expect(configuration.root.strategy == .roundRobin)
        #expect(configuration.root.cache.requestCache.ttlSeconds == .seconds(90))
        #expect(configuration.root.cache.requestCache.share == 0.25)
        #expect(configuration.root.cache.defaultTTL == .seconds(300))
        #expect(configuration.root.routing.fallback == "a,b")
        #expect(configuration.root.extra?.tags == ["a", "b"])
    }

    @Test(
        "what does not fit is an error of the variable",
        arguments: [
            ("OPENCLAW_GATEWAY_HTTP_IS_STRICT", "1", "gateway.http.isStrict: expected true or false, found string '1'"),
            (
                "OPENCLAW_GATEWAY_HTTP_MAX_CONNECTIONS", "many",
                "gateway.http.maxConnections: expected a whole number, found string 'many'"
            ),
            (
                "OPENCLAW_GATEWAY_HTTP_READ_TIMEOUT", "30",
                "gateway.http.readTimeout: expected a duration such as 30s or 1m30s, found string '30'"
            ),
            (
                "OPENCLAW_GATEWAY_HTTP_TRUSTED_PROXIES", "[1",
                "gateway.http.trustedProxies: not JSON5 at character 3: expected ',' or ']', found the end of the text"
            ),
        ])
    func errors(_ name: String, _ value: String, _ message: String) {
        #expect(load(environment: [name: value]).lines == ["\(name): \(message)"])
    }

    @Test(
        "OpenClaw's own names, other names and empty ones say nothing",
        arguments: [
            "OPENCLAW_GATEWAY_PORT", "OPENCLAW_GATEWAY_TOKEN", "OPENCLAW_GATEWAY_PASSWORD", "OPENCLAW_GATEWAY_URL",
            "OPENCLAW_GATEWAY_BIND",
            "OPENCLAW_CONFIG_PATH", "OPENCLAW_STATE_DIR", "OPENCLAW_LOG_LEVEL", "OPENCLAW_HOME",
            "OPENCLAW_GATEWAY_SOMETHING_ELSE_ENTIRELY",
            "OPENCLAW_HTTP_LISTEN", "PATH",
        ])
    func others(_ name: String) {
        let configuration = load(environment: [name: "x"])
        #expect(configuration.lines == [])
        #expect(configuration.root == Toy())
        #expect(load(environment: ["OPENCLAW_GATEWAY_HTTP_IS_STRICT": ""]).lines == [])
    }

    @Test("a near miss of one of ours is one warning")
    func nearMiss() {
        let problems = load(environment: ["OPENCLAW_GATEWAY_HTTP_LISTNE": ":1"]).problems
        #expect(problems.map(\.severity) == [.warning])
        #expect(
            problems.map(\.description) == [
                "OPENCLAW_GATEWAY_HTTP_LISTNE: sets nothing; did you mean 'OPENCLAW_GATEWAY_HTTP_LISTEN'?"
            ])
    }

    @Test("a variable below a key of a later version does not go unnoticed")
    func later() {
        let problems = load(environment: ["OPENCLAW_GATEWAY_TLS_ENABLED": "true"]).problems
        #expect(problems.map(\.severity) == [.unready])
        #expect(problems.first?.path == "gateway.tls")
        #expect(load(environment: ["OPENCLAW_GATEWAY_TLS_ENABLED": "false"]).problems.map(\.severity) == [.warning])
    }

    @Test("every name is of the key's path, and OpenClaw's names are nobody's")
    func names() {
        let keys = KeyInfo.tree(Toy.self)
        #expect(keys.first { $0.name == "port" }?.environment == nil)
        #expect(keys.first { $0.name == "token" }?.environment == nil)
        #expect(keys.first { $0.name == "hash" }?.environment == "OPENCLAW_GATEWAY_HASH")
        let http = keys.first { $0.name == "http" }?.children ?? []
        #expect(http.first { $0.name == "readTimeout" }?.environment == "OPENCLAW_GATEWAY_HTTP_READ_TIMEOUT")
    }
}

@Suite("camelCase and snake_case are the same key")
struct SpellingTests {
    @Test(
        "words break where case does",
        arguments: [
            ("maxIdleConnsPerHost", "max_idle_conns_per_host"), ("defaultTTL", "default_ttl"),
            ("TTLSeconds", "ttl_seconds"), ("k8s", "k8s"),
            ("sha256", "sha256"), ("oauth2Url", "oauth2_url"), ("bodyMemory", "body_memory"), ("a", "a"), ("", ""),
            ("already_snake", "already_snake"),
        ])
    func snake(_ name: String, _ spelling: String) {
        #expect(Spelling.snake(name) == spelling)
    }
}
