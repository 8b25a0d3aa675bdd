import Settings
import Testing

@Suite("a value is set or taken away at one key of a document")
struct PlacingTests {
    @Test(
        "a value replaces what stands at its key, where it stands",
        arguments: [
            // The document, the key, the value, what it becomes.
            ("{}", "http.name", "'a'", #"{"gateway": {"http": {"name": "a"}}}"#),
            ("{http: {name: 'a'}}", "gateway.http.name", "'b'", #"{"http": {"name": "b"}}"#),
            ("{http: {name: 'a'}}", "http.max_body", "1", #"{"http": {"name": "a", "bodyBytes": 1}}"#),
            (
                "{request_cache: {ttl_seconds: 1}}", "requestCache.ttlSeconds", "2",
                #"{"request_cache": {"ttl_seconds": 2}}"#
            ),
            (
                "{http: {name: 'a', isStrict: true}}", "http", "{max_connections: 1}",
                #"{"http": {"maxConnections": 1}}"#
            ),
            (
                "{gateway: {http: {name: 'a'}}, http: {isStrict: true}}", "http", "{name: 'b'}",
                #"{"gateway": {"http": {"name": "b"}}, "http": {"name": "b"}}"#
            ),
            (
                "{gateway: {http: {name: 'a'}}, http: {isStrict: true}}", "http.isStrict", "false",
                #"{"gateway": {"http": {"name": "a"}}, "http": {"isStrict": false}}"#
            ),
            ("{gateway: {http: null}}", "http.name", "'a'", #"{"gateway": {"http": {"name": "a"}}}"#),
            ("{http: {name: 'a'}}", "http.name", "null", #"{"http": {"name": null}}"#),
            ("{gateway: {}}", "pools.p.size", "1", #"{"gateway": {"pools": {"p": {"size": 1}}}}"#),
            ("{gateway: {}}", "pools[\"a.b\"].size", "1", #"{"gateway": {"pools": {"a.b": {"size": 1}}}}"#),
            ("{gateway: {}}", "tls.min_version", "'1.3'", #"{"gateway": {"tls": {"min_version": "1.3"}}}"#),
            ("{gateway: {}}", "cacheLayers[0].ttl", "'1m'", #"{"gateway": {"cacheLayers": [{"ttl": "1m"}]}}"#),
            (
                "{cache_layers: [{name: 'l1'}]}", "cacheLayers.l1.ttl", "1",
                #"{"cache_layers": [{"name": "l1", "ttl": 1}]}"#
            ),
            (
                "{http: {trusted_proxies: ['::1']}}", "http.trustedProxies[1]", "'10.0.0.0/8'",
                #"{"http": {"trusted_proxies": ["::1", "10.0.0.0/8"]}}"#
            ),
            (
                "{gateway: {}}", "http.trustedProxies[0]", "'::1'",
                #"{"gateway": {"http": {"trustedProxies": ["::1"]}}}"#
            ),
        ])
    func set(_ document: String, _ path: String, _ value: String, _ result: String) throws {
        try check(document, path, value, result)
    }

    @Test(
        "entries go by place or identity; one that is missing is appended",
        arguments: [
            (
                "{rules: [{name: 'a'}, {name: 'b'}]}", "rules[1].target", "'t'",
                #"{"rules": [{"name": "a"}, {"name": "b", "target": "t"}]}"#
            ),
            ("{rules: [{name: 'a'}]}", "rules.0.target", "'t'", #"{"rules": [{"name": "a", "target": "t"}]}"#),
            (
                "{rules: [{rule_name: 'a', target: 't'}]}", "rules.a.target", "'u'",
                #"{"rules": [{"rule_name": "a", "target": "u"}]}"#
            ),
            (
                "{rules: [{name: 'a'}]}", "rules.b.target", "'t'",
                #"{"rules": [{"name": "a"}, {"name": "b", "target": "t"}]}"#
            ),
            ("{gateway: {}}", "agents.x.weight", "1", #"{"gateway": {"agents": [{"id": "x", "weight": 1}]}}"#),
            (
                "{agents: [{id: 'x', share: 1, tags: ['t']}]}", "agents.x", "{weight: 2}",
                #"{"agents": [{"id": "x", "weight": 2}]}"#
            ),
            ("{agents: [{id: 'x'}]}", "agents.x", "{id: 'y'}", #"{"agents": [{"id": "y"}]}"#),
            ("{agents: [{id: 'x'}]}", "agents[1]", "{id: 'y'}", #"{"agents": [{"id": "x"}, {"id": "y"}]}"#),
            (
                "{agents: [{id: '1'}, {id: 'x'}]}", "agents.1.weight", "5",
                #"{"agents": [{"id": "1", "weight": 5}, {"id": "x"}]}"#
            ),
            (
                "{agents: [{id: '1'}, {id: 'x'}]}", "agents[1].weight", "5",
                #"{"agents": [{"id": "1"}, {"id": "x", "weight": 5}]}"#
            ),
            ("{outputs: [{type: 'a'}]}", "outputs[1].max_size", "1", #"{"outputs": [{"type": "a"}, {"maxSize": 1}]}"#),
            (
                "{agents: [{id: 'x'}], gateway: {agents: [{id: 'x'}]}}", "agents.x.weight", "1",
                #"{"agents": [{"id": "x", "weight": 1}], "gateway": {"agents": [{"id": "x", "weight": 1}]}}"#
            ),
        ])
    func entries(_ document: String, _ path: String, _ value: String, _ result: String) throws {
        try check(document, path, value, result)
    }

    @Test(
        "a key is taken away wherever it stands; one that is not there leaves the document as it is",
        arguments: [
            (
                "{gateway: {http: {name: 'a'}}, http: {name: 'a', isStrict: true}}", "http.name",
                #"{"gateway": {"http": {}}, "http": {"isStrict": true}}"#
            ),
            (
                "{request_cache: {ttl_seconds: 1, share: 1}}", "requestCache.ttlSeconds",
                #"{"request_cache": {"share": 1}}"#
            ),
            ("{rules: [{name: 'a'}, {name: 'b'}]}", "rules.a", #"{"rules": [{"name": "b"}]}"#),
            ("{rules: [{name: 'a'}, {name: 'b'}]}", "rules[1]", #"{"rules": [{"name": "a"}]}"#),
            ("{rules: [{name: 'a', target: 't'}]}", "rules.a.target", #"{"rules": [{"name": "a"}]}"#),
            ("{pools: {p: {size: 1}, q: {}}}", "pools.p", #"{"pools": {"q": {}}}"#),
            ("{tls: {cert: 'c', key: 'k'}}", "tls.key", #"{"tls": {"cert": "c"}}"#),
            ("{http: {}}", "token", #"{"http": {}}"#), ("{}", "http.name", "{}"), ("null", "http.name", "{}"),
            ("{http: null}", "http.name", #"{"http": null}"#), ("{gateway: null}", "http.name", #"{"gateway": null}"#),
        ])
    func unset(_ document: String, _ path: String, _ result: String) throws {
        try check(document, path, nil, result)
    }

    @Test(
        "what cannot be placed is told",
        arguments: [
            ("{}", "htp.name", "1", "value:1:1: gateway.htp: unknown key; did you mean 'http'?"),
            ("{}", "http.nmae", "1", "value:1:1: gateway.http.nmae: unknown key; did you mean 'name'?"),
            ("{}", "rules.a.tagret", "1", "value:1:1: gateway.rules.a.tagret: unknown key; did you mean 'target'?"),
            ("{}", "http", "{nmae: 1}", "value:1:2: gateway.http.nmae: unknown key; did you mean 'name'?"),
            ("{}", "rules", "[{nmae: 1}]", "value:1:3: gateway.rules[0].nmae: unknown key; did you mean 'name'?"),
            (
                "{}", "http.name.x", "1",
                "value:1:1: gateway.http.name: holds a value (string); there are no keys below it"
            ),
            ("{}", "", "1", "value:1:1: gateway: expected a key such as http.listen"),
            ("{}", "gateway", "1", "value:1:1: gateway: expected a key such as http.listen"),
            (
                "{rules: [{name: 'a'}]}", "rules[2].target", "1",
                "value:1:1: gateway.rules[2]: no such entry; the list has 1; [1] appends one"
            ),
            ("{outputs: []}", "outputs.a.type", "1", "value:1:1: gateway.outputs.a: no entry 'a' among the list's 0"),
            (
                "{rules: [{name: 'chat'}]}", "rules.chta", nil,
                "key: gateway.rules.chta: no entry 'chta' among the list's 1; did you mean 'chat'?"
            ),
            ("{rules: [{name: 'a'}]}", "rules[1]", nil, "key: gateway.rules[1]: no such entry; the list has 1"),
            (
                "{http: 5}", "http.name", "1",
                "value:1:1: gateway.http.name: expected an object to hold it, found a number; set that as a whole"
            ),
            (
                "{rules: {}}", "rules.a.target", "1",
                "value:1:1: gateway.rules.a: expected a list to hold it, found an object; set that as a whole"
            ),
            (
                "{tls: {a: 'x'}}", "tls.a.b", "1",
                "value:1:1: gateway.tls.a.b: expected an object to hold it, found a string; set that as a whole"
            ),
            ("[]", "http.name", "1", "f:1:1: gateway: expected an object of keys, found a list"),
        ] as [(String, String, String?, String)])
    func refused(_ document: String, _ path: String, _ value: String?, _ line: String) throws {
        var reading = Reading()
        let given = try value.map { try node($0, source: "value") }
        let segments = try #require(KeyPathText.split(path))
        let placed = Patching.placed(given, at: segments, in: try node(document), Depot.info, &reading)
        #expect(reading.lines == [line])
        #expect(placed == nil || path == "http" || path == "rules", "\(placed?.json ?? "")")
    }

    @Test("a path longer than anything is nested is refused")
    func long() throws {
        var reading = Reading()
        let path = ["tls"] + [String](repeating: "a", count: 100_000)
        #expect(Patching.placed(try node("1"), at: path, in: try node("{}"), Depot.info, &reading) == nil)
        #expect(reading.lines == ["f:1:1: expected at most 512 names, found 100001"])
    }

    @Test("what is nested as deep as may be is changed, hidden and compared without a crash")
    func deep() throws {
        let count = 505
        let text =
            "{tls: " + String(repeating: "{a: ", count: count) + "{secret: 's', list: [1, 2]}"
            + String(repeating: "}", count: count) + "}"
        let document = try node(text)
        var reading = Reading()
        let path = ["tls"] + [String](repeating: "a", count: count)
        let patched = Patching.merged(
            document, try node(text.split(separator: "1, 2").joined(separator: "1")), Depot.info, &reading)
        #expect(Patching.shrunkArrays(document, patched, Depot.info).count == 1)
        let placed = try #require(Patching.placed(try node("5"), at: path + ["b"], in: document, Depot.info, &reading))
        #expect(KeyLookup.value(in: placed, path + ["b"])?.json == "5")
        let redaction = Redaction(Depot.info)
        let hidden = redaction.hidden(document: placed)
        #expect(KeyLookup.value(in: hidden, path + ["secret"])?.string == Secret.redacted)
        #expect(redaction.restored(hidden, from: placed, &reading).isSame(as: placed))
        #expect(reading.lines == [])
    }

    private func check(_ document: String, _ path: String, _ value: String?, _ result: String) throws {
        var reading = Reading()
        let given = try value.map { try node($0, source: "value") }
        let segments = try #require(KeyPathText.split(path))
        let placed = Patching.placed(given, at: segments, in: try node(document), Depot.info, &reading)
        #expect(placed?.json == result)
        #expect(reading.lines == [])
    }
}
