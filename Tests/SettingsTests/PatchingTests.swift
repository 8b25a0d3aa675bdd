import Settings
import Testing

@Suite("a patch changes a document where it has its keys, in its spelling")
struct PatchingTests {
    @Test(
        "keys are changed where they stand, and new ones come where the others are",
        arguments: [
            // The document, the patch, what it becomes.
            ("{}", "{token: 'a'}", #"{"gateway": {"token": "a"}}"#),
            ("null", "{token: 'a'}", #"{"gateway": {"token": "a"}}"#),
            (#"{"$schema": "s"}"#, "{token: 'a'}", #"{"$schema": "s", "gateway": {"token": "a"}}"#),
            ("{gateway: {}}", "{token: 'a'}", #"{"gateway": {"token": "a"}}"#),
            ("{gateway: null}", "{token: 'a'}", #"{"gateway": {"token": "a"}}"#),
            ("{http: {}}", "{token: 'a'}", #"{"http": {}, "token": "a"}"#),
            ("{http: {}}", "{gateway: {token: 'a'}}", #"{"http": {}, "token": "a"}"#),
            ("{gateway: {http: {}}, token: 'a'}", "{token: 'b'}", #"{"gateway": {"http": {}}, "token": "b"}"#),
            (
                "{token: 'a', gateway: {http: {}}}", "{hashes: ['x']}",
                #"{"token": "a", "gateway": {"http": {}, "hashes": ["x"]}}"#
            ),
            (
                "{gateway: {http: {name: 'a'}}, http: {isStrict: true}}",
                "{http: {name: 'b', isStrict: false, maxBody: 1}}",
                #"{"gateway": {"http": {"name": "b", "bodyBytes": 1}}, "http": {"isStrict": false}}"#
            ),
            (
                "{request_cache: {ttl_seconds: 1}}", "{requestCache: {ttlSeconds: 2, maxSizeMb: 3}}",
                #"{"request_cache": {"ttl_seconds": 2, "maxSizeMb": 3}}"#
            ),
            ("{postCache: {share: 1}}", "{request_cache: {share: 0.5}}", #"{"postCache": {"share": 0.5}}"#),
            ("{gateway: {token: 'a'}, http: {}}", "{token: null, http: null}", #"{"gateway": {}}"#),
            (
                "{gateway: {http: {name: 'a'}}, http: {name: 'a'}}", "{http: {name: null}}",
                #"{"gateway": {"http": {}}, "http": {}}"#
            ),
            (
                "{gateway: {http: {name: 'a'}}, http: {name: 'a'}}", "{http: {name: 'b'}}",
                #"{"gateway": {"http": {"name": "b"}}, "http": {"name": "b"}}"#
            ),
            ("{gateway: null}", "{token: null}", #"{"gateway": null}"#), ("{}", "{token: null}", "{}"),
            ("{}", "{}", "{}"),
            ("{}", "{http: {name: null}}", #"{"gateway": {"http": {}}}"#),
        ])
    func places(_ document: String, _ patch: String, _ result: String) throws {
        var reading = Reading()
        let merged = Patching.merged(try node(document), try node(patch, source: "patch"), Depot.info, &reading)
        #expect(merged.json == result)
        #expect(reading.lines == [])
    }

    @Test(
        "lists merge by id or name in the document's spelling; other lists are replaced",
        arguments: [
            (
                "{agents: [{id: 'a', share: 1}, {id: 'b'}]}",
                "{agents: [{id: 'a', weight: 2}, {id: 'c', weight: null}]}",
                #"{"agents": [{"id": "a", "share": 2}, {"id": "b"}, {"id": "c"}]}"#
            ),
            (
                "{rules: [{rule_name: 'a', max_tries: 1}]}", "{rules: [{name: 'a', maxTries: 2, target: 't'}]}",
                #"{"rules": [{"rule_name": "a", "max_tries": 2, "target": "t"}]}"#
            ),
            (
                "{rules: [{name: 'a', upgrades: ['x']}]}", "{rules: [{rule_name: 'a', upgrades: ['y']}]}",
                #"{"rules": [{"name": "a", "upgrades": ["y"]}]}"#
            ),
            ("{rules: [{name: 'a'}]}", "{rules: []}", #"{"rules": [{"name": "a"}]}"#),
            ("{outputs: [{type: 'a'}, {type: 'b'}]}", "{outputs: [{type: 'c'}]}", #"{"outputs": [{"type": "c"}]}"#),
            ("{hashes: ['a']}", "{hashes: ['b']}", #"{"hashes": ["b"]}"#),
            (
                "{tls: {certs: [{id: 'a', x: 1}]}}", "{tls: {certs: [{id: 'a', y_z: 2}]}}",
                #"{"tls": {"certs": [{"id": "a", "x": 1, "y_z": 2}]}}"#
            ),
            (
                "{cache_layers: [{name: 'l1', ttl: 1}]}", "{cacheLayers: [{name: 'l1', ttl: 2}, {name: 'l2'}]}",
                #"{"cache_layers": [{"name": "l1", "ttl": 2}, {"name": "l2"}]}"#
            ),
            (
                "{agents: [{id: 'a'}], gateway: {agents: [{id: 'a'}]}}", "{agents: [{id: 'b'}]}",
                #"{"agents": [{"id": "a"}, {"id": "b"}], "gateway": {"agents": [{"id": "a"}, {"id": "b"}]}}"#
            ),
        ])
    func lists(_ document: String, _ patch: String, _ result: String) throws {
        var reading = Reading()
        let merged = Patching.merged(try node(document), try node(patch, source: "patch"), Depot.info, &reading)
        #expect(merged.json == result)
        #expect(reading.lines == [])
    }

    @Test(
        "names that are more than data in some languages are skipped, wherever they stand",
        arguments: [
            (
                "{token: 'a'}", "{__proto__: {x: 1}, constructor: 1, http: {prototype: 2, name: 'b'}}",
                #"{"token": "a", "http": {"name": "b"}}"#
            ),
            (
                "{gateway: {}}", "{gateway: {__proto__: 1}, pools: {constructor: {}, p: {__proto__: 1}}}",
                #"{"gateway": {"pools": {"p": {}}}}"#
            ),
            ("{tls: {a: 1}}", "{tls: {__proto__: {b: 1}, c: {prototype: 1}}}", #"{"tls": {"a": 1, "c": {}}}"#),
            ("{}", "{rules: [{name: 'a', __proto__: 1}]}", #"{"gateway": {"rules": [{"name": "a"}]}}"#),
        ])
    func skipped(_ document: String, _ patch: String, _ result: String) throws {
        var reading = Reading()
        let merged = Patching.merged(try node(document), try node(patch, source: "patch"), Depot.info, &reading)
        #expect(merged.json == result)
        #expect(reading.lines == [])
    }

    @Test(
        "what a patch may not say is told at its place in the patch",
        arguments: [
            ("{htp: {}}", "patch:1:2: gateway.htp: unknown key; did you mean 'http'?"),
            (
                "{rules: [{name: 'a', tagret: 'x'}]}",
                "patch:1:22: gateway.rules[0].tagret: unknown key; did you mean 'target'?"
            ),
            ("{http: {name: 'a', name_: 'b'}}", "patch:1:20: gateway.http.name_: unknown key; did you mean 'name'?"),
            (
                "{request_cache: {}, requestCache: {}}",
                "patch:1:21: gateway.requestCache: given twice, as 'request_cache' at patch:1:2 and as 'requestCache' here; keep one"
            ),
            (
                "{gateway: {token: 'a'}, token: 'b'}",
                "patch:1:32: gateway.token: given twice, at the root and under 'gateway' at patch:1:19; keep one"
            ),
            ("{gateway: null}", "patch:1:11: gateway: expected an object, found null"),
            ("[1]", "patch:1:1: expected an object of keys, found a list"),
        ])
    func refused(_ patch: String, _ line: String) throws {
        var reading = Reading()
        _ = Patching.merged(try node("{}"), try node(patch, source: "patch"), Depot.info, &reading)
        #expect(reading.lines == [line])
    }

    @Test("a document that is no object stays, and is told")
    func noObject() throws {
        var reading = Reading()
        let merged = Patching.merged(try node("[1]"), try node("{token: 'a'}"), Depot.info, &reading)
        #expect(merged.json == "[1]")
        #expect(reading.lines == ["f:1:1: expected an object of keys, found a list"])
    }

    @Test("every case of RFC 7396 holds within a key of a later version")
    func corpus() throws {
        for row in try Corpora.rows("merge-patch.json") {
            let (base, patch) = (try #require(row["original"]), try #require(row["patch"]))
            let result = try #require(row["result"])
            var reading = Reading()
            let merged = Patching.merged(
                .object([("gateway", .object([("tls", base)]))]), .object([("tls", patch)]), Depot.info, &reading)
            let kept = merged["gateway"]?["tls"] ?? Node(.null)
            #expect(kept.isSame(as: result), "\(base.json) + \(patch.json) = \(kept.json)")
        }
    }

    @Test("a document merged is what its canonical form merged by identity is", arguments: 0..<40)
    func property(_ round: Int) throws {
        let seed = UInt64(20_270_115 + round)
        var random = RandomDepot(seed: seed)
        for _ in 0..<50 {
            let (base, patch) = (random.canonical(), random.canonical(isPatch: true))
            let (document, dressed) = (random.dressed(base), random.dressed(patch))
            #expect(try RandomDepot.undressed(document).isSame(as: base), "seed \(seed): \(document.json)")
            var reading = Reading()
            let merged = Patching.merged(document, dressed, Depot.info, &reading)
            #expect(reading.lines == [], "seed \(seed): \(document.json) + \(dressed.json)")
            let result = try RandomDepot.undressed(merged)
            let expected = MergePatch.applyByIdentity(base, patch)
            #expect(
                result.isSame(as: expected),
                "seed \(seed): \(document.json) + \(dressed.json) = \(merged.json), not \(expected.json)")
        }
    }
}
