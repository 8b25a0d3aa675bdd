import Settings
import Testing

@Suite("a key is found by every name that it has")
struct KeyLookupTests {
    @Test(
        "spellings become canonical, entries and free names stay",
        arguments: [
            ("", [], nil), ("gateway", [], nil), ("gateway.http.read_timeout", ["http", "readTimeout"], "readTimeout"),
            ("http.max_body", ["http", "bodyBytes"], "bodyBytes"), ("post_cache", ["requestCache"], "requestCache"),
            ("rules", ["rules"], "rules"), ("rules[0]", ["rules", "[0]"], nil),
            ("rules[].target", ["rules", "[]", "target"], "target"),
            ("rules.chat.rule_name", ["rules", "chat", "name"], "name"),
            ("rules.0.target", ["rules", "0", "target"], "target"),
            ("outputs.0.type", ["outputs", "[0]", "type"], "type"),
            ("pools.read_timeout.size", ["pools", "read_timeout", "size"], "size"),
            ("rules.a.headers.set.X-Key", ["rules", "a", "headers", "set", "X-Key"], nil),
            ("http.listen[0]", ["http", "listen", "[0]"], nil),
            ("tls.min_version.x", ["tls", "min_version", "x"], nil),
            ("guard.error_rate", ["guard", "errorRate"], "errorRate"),
        ] as [(String, [String], String?)])
    func found(_ text: String, _ segments: [String], _ key: String?) throws {
        let lookup = try KeyLookup.canonical(text, Depot.info).get()
        #expect(lookup.segments == segments)
        #expect(lookup.key?.name == key)
        #expect(lookup.pathText == KeyPathText.join(["gateway"] + segments))
    }

    @Test(
        "what means no key suggests one",
        arguments: [
            ("htp", "key: gateway.htp: unknown key; did you mean 'http'?"),
            ("http.nmae", "key: gateway.http.nmae: unknown key; did you mean 'name'?"),
            ("rules.a.zzz", "key: gateway.rules.a.zzz: unknown key; see docs/configuration.md for the keys there are"),
            ("token.x", "key: gateway.token: holds a value (secret); there are no keys below it"),
            (
                "a..b",
                "key: [\"a..b\"]: not the path of a key; expected names between dots, such as routing.rules[0].target or pools[\"a.b\"]"
            ),
        ])
    func unknown(_ text: String, _ line: String) {
        guard case .failure(let failure) = KeyLookup.canonical(text, Depot.info) else {
            Issue.record("\(text) is no key")
            return
        }
        #expect(failure.problem.description == line)
    }

    @Test(
        "values are found in a tree, entries by place or identity",
        arguments: [
            ("rules.b.target", #""u""#), ("rules[0].target", #""t""#), ("rules.1.target", #""u""#),
            ("agents.1.weight", "7"), ("agents[1].weight", "8"), ("agents.2", nil), ("outputs[0].type", #""x""#),
            ("pools.p.size", "1"), ("rules.c", nil), ("rules[2]", nil), ("http.name", nil),
            ("tls.certs.a.file", #""f""#),
            (
                "",
                #"{"rules": [{"name": "a", "target": "t"}, {"name": "b", "target": "u"}], "agents": [{"id": "1", "weight": 7}, {"id": "x", "weight": 8}], "outputs": [{"type": "x"}], "pools": {"p": {"size": 1}}, "tls": {"certs": [{"id": "a", "file": "f"}]}}"#
            ),
        ] as [(String, String?)])
    func value(_ text: String, _ json: String?) throws {
        let tree = try node(
            """
            {rules: [{name: 'a', target: 't'}, {name: 'b', target: 'u'}],
             agents: [{id: '1', weight: 7}, {id: 'x', weight: 8}], outputs: [{type: 'x'}], pools: {p: {size: 1}},
             tls: {certs: [{id: 'a', file: 'f'}]}}
            """)
        let lookup = try KeyLookup.canonical(text, Depot.info).get()
        #expect(KeyLookup.value(in: tree, lookup.segments)?.json == json)
    }

    @Test("a configuration as a node has every default and no secret, and says what its JSON says")
    func dump() throws {
        let depot = try Depot.loaded(
            """
            {token: 'hush-hush', hashes: ['deadbeef'], agents: [{id: 'a', metadata: {note: 'n"q', api_key: 'hush'}}],
             rules: [{name: 'r', headers: {set: {Authorization: 'hush'}}}], pools: {p: {tags: ['x']}}, guard: {}, listen: ':1'}
            """)
        let tree = depot.node
        #expect(tree.isSame(as: try node(depot.json)))
        #expect(!tree.json.contains("hush") && !tree.json.contains("deadbeef"))
        #expect(tree["token"]?.string == Secret.redacted)
        #expect(tree["agents"]?.elements?[0]["weight"]?.json == "100")
        #expect(
            tree["agents"]?.elements?[0]["metadata"]?.json == #"{"api_key": "__OPENCLAW_REDACTED__", "note": "n\"q"}"#)
        #expect(tree["guard"]?["errorRate"]?.json == "0.05")
        #expect(tree["http"]?["readTimeout"]?.string == "30s")
        #expect(Depot().node["guard"] == nil)
    }
}
