import Settings
import Testing

@Suite("every value knows where it comes from")
struct OriginTests {
    private let configuration = load(
        [
            globalFile:
                "{http: {name: 'global', maxConnections: 1}, routing: {rules: [{name: 'a', target: 't'}, {name: 'b', target: 'u'}]}}",
            userFile:
                "{http: {name: 'user', maxConnections: null},\n routing: {rules: [{name: 'c', target: 'v'}]}, pools: {p: {size: 2}}}",
        ],
        environment: ["OPENCLAW_GATEWAY_HTTP_NAME": "env"], flags: [("http.name", "flag")])

    @Test("the winner, and what the layers below said")
    func layers() throws {
        let origin = try #require(configuration.origin(of: "http.name"))
        #expect(origin.path == "gateway.http.name")
        #expect(origin.layer == "flags")
        #expect(origin.position.text == "--config.http.name")
        #expect(origin.value?.string == "flag")
        #expect(origin.overridden.map(\.layer) == ["environment", "user", "global", "default"])
        #expect(
            origin.overridden.map(\.position.text) == [
                "OPENCLAW_GATEWAY_HTTP_NAME", "\(userFile):1:15", "\(globalFile):1:15", "default",
            ])
        #expect(origin.overridden.last?.node.string == "edge")
    }

    @Test(
        "entries, free names and every spelling can be asked for",
        arguments: [
            ("routing.rules[0].target", "user", "v"), ("gateway.routing.rules.0.name", "user", "c"),
            ("pools.p.size", "user", nil),
            ("http.read_timeout", "default", "30s"), ("strategy", "default", "adaptive"),
            ("http.maxConnections", "user", nil),
        ] as [(String, String, String?)])
    func paths(_ path: String, _ layer: String, _ value: String?) throws {
        let origin = try #require(configuration.origin(of: path))
        #expect(origin.layer == layer)
        #expect(origin.value?.string == value)
    }

    @Test("null gives the default back")
    func null() throws {
        let origin = try #require(configuration.origin(of: "http.max_connections"))
        #expect(origin.winner.node.isNull)
        #expect(origin.value?.json == "10000")
    }

    @Test("an entry that the winning list does not have is not there")
    func shadowed() throws {
        let origin = try #require(configuration.origin(of: "routing.rules[1].name"))
        #expect(origin.layer == "user")
        #expect(origin.value == nil)
        #expect(origin.overridden.first?.node.string == "b")
    }

    @Test("sections are where they were last spoken of; unknown keys are nowhere")
    func others() throws {
        #expect(try #require(configuration.origin(of: "pools")).position.text == "\(userFile):2:55")
        for path in ["nothing", "http.nothing", "routing.rules.x", "a..b", "["] {
            #expect(configuration.origin(of: path) == nil)
        }
        #expect(try #require(configuration.origin(of: "hash")).value == nil)
    }

    @Test(
        "key paths are written and read",
        arguments: [
            (["gateway", "a", "[0]", "b"], "gateway.a[0].b"), (["a.b", "c"], "[\"a.b\"].c"),
            (["a", "x\"y"], "a[\"x\\\"y\"]"), (["a", "[12]"], "a[12]"),
        ])
    func pathText(_ segments: [String], _ text: String) {
        #expect(KeyPathText.join(segments) == text)
        #expect(KeyPathText.split(text) == segments)
    }
}
