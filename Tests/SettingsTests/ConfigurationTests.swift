import Settings
import Testing

@Suite("a configuration is loaded from its layers")
struct ConfigurationTests {
    @Test("nothing written is the defaults, without problems")
    func empty() {
        let configuration = load()
        #expect(configuration.root == Toy())
        #expect(configuration.lines == [])
        #expect(configuration.files.map(\.exists) == [false, false])
        #expect(configuration.isValid && configuration.isReady)
    }

    @Test("higher layers win: defaults, global, user, environment, flags")
    func layers() {
        let files = [
            globalFile:
                "{gateway: {http: {name: 'global', maxConnections: 1, readTimeout: '1s', isStrict: true}, strategy: 'round-robin'}}",
            userFile: "{gateway: {http: {name: 'user', maxConnections: 2, readTimeout: '2s'}}}",
        ]
        let all = load(
            files,
            environment: ["OPENCLAW_GATEWAY_HTTP_MAX_CONNECTIONS": "3", "OPENCLAW_GATEWAY_HTTP_READ_TIMEOUT": "3s"],
            flags: [("http.readTimeout", "4s"), ("gateway.http.read_timeout", "5s")])
        #expect(all.lines == [])
        #expect(all.root.http.isStrict)
        #expect(all.root.strategy == .roundRobin)
        #expect(all.root.http.name == "user")
        #expect(all.root.http.maxConnections == 3)
        #expect(all.root.http.readTimeout == .seconds(5))
        #expect(all.root.http.bodyBytes == Toy().http.bodyBytes)
    }

    @Test("--config-file takes the user file's place, and several merge in order")
    func configFiles() {
        let files = [
            userFile: "{http: {name: 'user', isStrict: true}}", "a.json": "{http: {name: 'a', maxConnections: 5}}",
            "b.yaml": "http:\n  name: b\n",
        ]
        let configuration = load(files, configFiles: ["a.json", "b.yaml"])
        #expect(configuration.lines == [])
        #expect(configuration.root.http.name == "b")
        #expect(configuration.root.http.maxConnections == 5)
        #expect(!configuration.root.http.isStrict)
    }

    @Test("lists replace, objects merge, null takes away, in any accepted spelling")
    func merging() {
        let files = [
            globalFile:
                "{http: {read_timeout: '1s', trustedProxies: ['10.0.0.0/8', '::1'], max_connections: 7}, pools: {a: {tags: ['x']}, b: {}}}",
            userFile: "{http: {readTimeout: null, trusted_proxies: ['127.0.0.1']}, pools: {a: {size: 3}, b: null}}",
        ]
        let configuration = load(files)
        #expect(configuration.lines == [])
        #expect(configuration.root.http.readTimeout == .seconds(30))
        #expect(configuration.root.http.trustedProxies == [CIDR("127.0.0.1/32")])
        #expect(configuration.root.http.maxConnections == 7)
        #expect(configuration.root.pools.keys.sorted() == ["a"])
        #expect(configuration.root.pools["a"]?.tags == ["x"])
        #expect(configuration.root.pools["a"]?.size == 3)
    }

    @Test("the same key at the root and under gateway is the same key")
    func root() {
        let both = load(
            "{$schema: 'x', gateway: {http: {name: 'a', listen: ':1'}}, http: {max_connections: 9, listen: ':1'}, cache: {request_cache: {ttl_seconds: 3600, max_size_mb: 500}}}"
        )
        #expect(both.lines == [])
        #expect(both.root.http.name == "a")
        #expect(both.root.http.maxConnections == 9)
        #expect(both.root.cache.requestCache.ttlSeconds == .seconds(3600))
        #expect(both.root.cache.requestCache.maxSizeMb.bytes == 500_000_000)
        let conflict = load("{gateway: {http: {name: 'a'}},\n http: {name: 'b'}}")
        #expect(
            conflict.lines == [
                "f.json:2:15: gateway.http.name: given twice, at the root and under 'gateway' at f.json:1:25; keep one"
            ])
    }

    @Test(
        "problems are told all at once, by layer and position, with the key and the place",
        arguments: [
            (
                "{gateway: {\n http: {lisen: ':1', readTimeout: 30},\n strategy: 'leastconn',\n nothing_like_it: 1}}",
                [
                    "f.json:2:9: gateway.http.lisen: unknown key; did you mean 'listen'?",
                    "f.json:2:35: gateway.http.readTimeout: expected a duration such as 30s or 1m30s, found number 30",
                    "f.json:3:12: gateway.strategy: no strategy 'leastconn'; did you mean 'least-connections'?",
                    "f.json:4:2: gateway.nothing_like_it: unknown key; see docs/configuration.md for the keys there are",
                ]
            ),
            (
                "{http: {readTimeout: '1s', read_timeout: '2s'}}",
                [
                    "f.json:1:28: gateway.http.readTimeout: given twice, as 'readTimeout' at f.json:1:9 and as 'read_timeout' here; keep one"
                ]
            ),
            (
                "{http: 5}",
                [
                    "f.json:1:8: gateway.http: expected an object with keys such as listen, readTimeout, bodyBytes and maxConnections, found number 5"
                ]
            ),
            (
                "{http: {maxConnections: 0}}",
                ["f.json:1:25: gateway.http.maxConnections: expected 1 to 1000000, found 0"]
            ),
            ("{http: {name: ''}}", ["f.json:1:15: gateway.http.name: must not be empty"]),
            (
                "{routing: {rules: {}}}",
                ["f.json:1:19: gateway.routing.rules: expected a list of objects, found an object"]
            ),
            (
                "{routing: {rules: [{name: 'a', weight: 'x'}, 5]}}",
                [
                    "f.json:1:20: gateway.routing.rules[0].target: is missing; expected a string",
                    "f.json:1:40: gateway.routing.rules[0].weight: expected a whole number, found string 'x'",
                    "f.json:1:46: gateway.routing.rules[1]: expected an object with keys such as name, target, weight and metadata, found number 5",
                ]
            ),
            (
                "{routing: {rules: [{name: 'a', target: 'x'}, {name: 'a', target: 'y'}]}}",
                [
                    "f.json:1:53: gateway.routing.rules[1].name: 'a' is taken by the entry at f.json:1:27; rename one"
                ]
            ),
            (
                "{pools: {'a.b': {sise: 1}}}",
                ["f.json:1:18: gateway.pools[\"a.b\"].sise: unknown key; did you mean 'size'?"]
            ),
            ("{pools: {a: {size: 0}}}", ["f.json:1:20: gateway.pools.a.size: expected at least 1, found 0"]),
            ("{gatway: {}}", ["f.json:1:2: gateway.gatway: unknown key; did you mean 'gateway'?"]),
            ("[1]", ["f.json:1:1: expected an object, found a list"]),
            ("{gateway: 1}", ["f.json:1:11: gateway: expected an object, found number 1"]),
            ("{http: {name: 'a',}\n", ["f.json:2:1: expected ',' or '}', found the end of the text"]),
            ("{http: {}, http: {}}", ["f.json:1:12: key 'http' was given before, at f.json:1:2; keep one"]),
        ])
    func problems(_ text: String, _ lines: [String]) {
        #expect(load(text).lines == lines)
    }

    @Test("what a list asks for is asked in whole sentences")
    func listMessage() {
        #expect(
            load("{http: {listen: 5}}").lines.first?.hasPrefix(
                "f.json:1:17: gateway.http.listen: expected an address such as") == true)
        #expect(
            load("{http: {listen: [':1', ':x']}}").lines == [
                "f.json:1:24: gateway.http.listen[1]: expected a port from 0 to 65535 behind the last colon, found string ':x'"
            ])
    }

    @Test("names in free maps are nobody's to respell")
    func freeNames() {
        let configuration = load(
            "{pools: {my_pool: {}}, routing: {rules: [{name: 'r', target: 't', metadata: {some_key: 'v', someKey: 'w'}}]}}"
        )
        #expect(configuration.lines == [])
        #expect(configuration.root.pools["my_pool"] != nil)
        #expect(configuration.root.routing.rules.first?.metadata == ["some_key": "v", "someKey": "w"])
    }

    @Test("aliases are read under the key's name, in snake_case too")
    func aliases() {
        for name in ["maxBody", "max_body", "bodyBytes", "body_bytes"] {
            #expect(load("{http: {\(name): '1MB'}}").root.http.bodyBytes.bytes == 1_000_000)
        }
    }

    @Test("a section that is not written is nil, or its defaults")
    func optionalSection() {
        #expect(load("{}").root.extra == nil)
        #expect(load("{extra: {size: 2}}").root.extra?.size == 2)
        #expect(load("{extra: {size: 2}}").root.extra?.json == #"{"tags": [], "size": 2}"#)
    }

    @Test("a section's own check runs where its values could be read")
    func checks() {
        #expect(
            load("{routing: {rules: [{name: 'a', target: 'x', weight: 13}]}}").lines == [
                "f.json:1:53: gateway.routing.rules[0].weight: is unlucky"
            ])
        #expect(load("{routing: {rules: [{name: 'a', weight: 13}]}}").lines.count == 1)
    }

    @Test(
        "keys of a later version warn once, and protection is not taken for given",
        arguments: [
            ("{tracing: {enabled: true, x_y: [1]}}", Problem.Severity.warning), ("{tls: true}", .unready),
            ("{tls: {cert: 'x'}}", .unready),
            ("{tls: {enabled: true}}", .unready), ("{tls: {enabled: false, cert: 'x'}}", .warning),
            ("{tls: false}", .warning),
            ("{tls: {}}", .warning), ("{tls: {enabled: null}}", .warning), ("{tls: 'yes'}", .unready),
            ("{tls: []}", .warning),
        ])
    func later(_ text: String, _ severity: Problem.Severity) {
        let problems = load(text).problems
        #expect(problems.map(\.severity) == [severity])
        #expect(problems.first?.message.contains("not yet in this version") == true)
    }

    @Test("null says nothing about a key of a later version")
    func laterNull() {
        #expect(load("{tls: null}").problems == [])
    }

    @Test("a file that fails leaves its problem, and the others go on")
    func brokenFiles() {
        let broken = load([globalFile: "{", userFile: "{http: {name: 'user', lisen: 1}}"])
        #expect(
            broken.lines.map { $0.prefix(40) } == [
                "/etc/openclaw/gateway.json:1:2: expected", "/home/me/.openclaw/gateway.json:1:23: ga",
            ])
        #expect(broken.root.http.name == "user")
        let missing = load(configFiles: ["no.json"])
        #expect(missing.lines == ["no.json: no such file; it was given with --config-file"])
        let unreadable = load(unreadable: [userFile: "permission denied"])
        #expect(unreadable.lines == ["\(userFile): cannot be read: permission denied"])
        let bytes = Configuration<Toy>.load(
            Inputs(configFiles: ["x"]) { $0 == "x" ? .bytes([0x7B, 0xFF, 0x7D]) : .missing })
        #expect(bytes.lines.first?.hasPrefix("x:1:2: expected UTF-8") == true)
    }

    @Test("files that nobody named are found with a YAML ending too, and OPENCLAW_GLOBAL_CONFIG names the global one")
    func fileNames() {
        let yaml = "/home/me/.openclaw/gateway.yml"
        let configuration = load(
            [yaml: "http: {name: yml}", "/g.yaml": "http: {isStrict: true}"],
            environment: ["OPENCLAW_GLOBAL_CONFIG": "/g.yaml"])
        #expect(configuration.root.http.name == "yml")
        #expect(configuration.root.http.isStrict)
        #expect(configuration.files.map(\.path) == ["/g.yaml", yaml])
    }

    @Test("an empty YAML file says nothing")
    func emptyYAML() {
        #expect(load(["a.yaml": "# nothing\n"], configFiles: ["a.yaml"]).lines == [])
    }

    @Test("a secret's value is in no message and in no text")
    func secrets() {
        let configuration = load("{token: 'hush', hash: 12345}")
        #expect(!configuration.lines.contains { $0.contains("12345") })
        #expect(configuration.lines == ["f.json:1:23: gateway.hash: expected a string, found a number"])
        #expect(!configuration.root.json.contains("hush"))
    }

    @Test("a section can be decoded on its own")
    func decode() throws {
        let node = try JSONReader.read(Array("{max_connections: 5, lisen: 1}".utf8), source: "f", dialect: .json5)
        var reading = Reading(path: ["http"])
        #expect(ToyHTTP.decode(node, &reading).maxConnections == 5)
        #expect(reading.problems.map(\.description) == ["f:1:22: http.lisen: unknown key; did you mean 'listen'?"])
    }

    @Test("values nested as deep as may be are walked without a crash")
    func deep() {
        let value = String(repeating: "[", count: 508) + "'${X}'" + String(repeating: "]", count: 508)
        let object = String(repeating: "{a: ", count: 508) + "'x'" + String(repeating: "}", count: 508)
        let files = [
            globalFile: "{gateway: {tracing: \(object)}}",
            userFile: "{gateway: {tracing: \(object)}, tracing: \(object)}",
        ]
        #expect(load(files).problems.map(\.severity) == [.warning])
        #expect(
            load(["f.yaml": "tracing: \(value)"], configFiles: ["f.yaml"], environment: ["X": "x"]).problems.count == 1)
        #expect(load("{http: {name: \(value)}}").problems.count == 2)
    }

    @Test("ten thousand rules load in bounded time")
    func many() {
        let rules = (0..<10_000).map { "{name: 'r\($0)', target: 't', metadata: {a: 'b'}}" }.joined(separator: ",\n")
        let clock = ContinuousClock()
        var configuration: Configuration<Toy>?
        let taken = clock.measure { configuration = load("{routing: {rules: [\(rules)]}}") }
        #expect(configuration?.root.routing.rules.count == 10_000)
        #expect(taken < .seconds(20))
    }
}
