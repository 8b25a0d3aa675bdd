import Settings
import Testing

@Suite("the reference comes from the declarations")
struct ReferenceTests {
    @Test("the tables name key, type, default, meaning, variable and when it applies")
    func markdown() {
        let text = Reference.markdown(Toy.self)
        for line in [
            "## `gateway`", "## `gateway.http`", "## `gateway.routing.rules[]`", "## `gateway.pools.NAME`",
            "| key | type | default | meaning | environment | applies |",
            "| `listen` | address, or a list | `\"0.0.0.0:8080\"` | address \\| or list | `OPENCLAW_GATEWAY_HTTP_LISTEN` | restart |",
            "| `readTimeout` | duration | `\"30s\"` | silence while reading | `OPENCLAW_GATEWAY_HTTP_READ_TIMEOUT` | live |",
            "| `bodyBytes` | size | `\"50MiB\"` | longest body (also `maxBody`) | `OPENCLAW_GATEWAY_HTTP_BODY_BYTES` | live |",
            "| `target` | string | required | where to |  | live |",
            "| `tls` | any |  | encryption (a later version) |  |  |",
            "| `ttlSeconds` | duration, or seconds | `\"1m\"` | how long | `OPENCLAW_GATEWAY_CACHE_REQUEST_CACHE_TTL_SECONDS` | live |",
        ] {
            #expect(text.split(separator: "\n").contains { $0 == line }, "\(line)")
        }
        #expect(text == Reference.markdown(Toy.self))
    }

    @Test("the schema is JSON that names every key in every spelling, with defaults")
    func schema() throws {
        let text = Reference.schema(Toy.self)
        let node = try JSONReader.read(Array(text.utf8), source: "schema", dialect: .strict)
        #expect(node["$schema"]?.string == "https://json-schema.org/draft/2020-12/schema")
        #expect(node["properties"]?["gateway"]?["$ref"]?.string == "#/$defs/gateway")
        #expect(node["properties"]?["http"]?["$ref"]?.string == "#/$defs/gateway/properties/http")
        let http = try #require(node["$defs"]?["gateway"]?["properties"]?["http"])
        #expect(
            http["properties"]?["read_timeout"]?["$ref"]?.string
                == "#/$defs/gateway/properties/http/properties/readTimeout")
        #expect(http["properties"]?["max_body"]?["$ref"] != nil)
        #expect(http["properties"]?["readTimeout"]?["default"]?.string == "30s")
        #expect(http["properties"]?["maxConnections"]?["default"]?.json == "10000")
        #expect(http["additionalProperties"]?.json == "false")
        let rule = node["$defs"]?["gateway"]?["properties"]?["routing"]?["properties"]?["rules"]?["items"]
        #expect(rule?["required"]?.json == #"["name", "target"]"#)
        let strategy = try #require(node["$defs"]?["gateway"]?["properties"]?["strategy"]?["anyOf"]?.elements)
        #expect(strategy.first?["enum"]?.json == #"["adaptive", "round-robin", "least-connections"]"#)
        #expect(strategy.contains { $0["$ref"]?.string == "#/$defs/variable" })
        #expect(!text.contains("hush"))
    }

    @Test("every reference in the schema leads somewhere")
    func pointers() throws {
        let root = try JSONReader.read(Array(Reference.schema(Toy.self).utf8), source: "schema", dialect: .strict)
        var waiting = [root]
        var count = 0
        while let node = waiting.popLast() {
            waiting += node.elements ?? node.members?.map(\.node) ?? []
            guard let pointer = node["$ref"]?.string else { continue }
            count += 1
            let end = pointer.split(separator: "/").dropFirst().reduce(Optional(root)) { here, name in
                here?[String(name)]
            }
            #expect(end != nil, "\(pointer)")
        }
        #expect(count > 20)
    }

    @Test("the example loads without a problem and says the defaults")
    func example() {
        let text = Reference.example(Toy.self)
        let configuration = load(text)
        #expect(configuration.lines == [])
        #expect(configuration.root == Toy())
        for line in [
            "      listen: \"0.0.0.0:8080\",", "    // hash: \"text\", // string", "    // tls: a later version",
            "    pools: {",
            "    // one more pool", "    // extra: {", "      readTimeout: \"30s\",",
            "      // address | or list (with the next start)",
        ] {
            #expect(text.split(separator: "\n").contains { $0 == line }, "\(line)")
        }
        #expect(text == Reference.example(Toy.self))
    }

    @Test("the example's comments uncovered load too")
    func uncovered() throws {
        let text =
            "{gateway: {pools: {NAME: {tags: []}}, extra: {tags: []}, hash: '1234', routing: {default: 'text', rules: [{name: 'text', target: 'text', weight: 1, metadata: {}}]}}}"
        #expect(load(text).lines == [])
    }
}
