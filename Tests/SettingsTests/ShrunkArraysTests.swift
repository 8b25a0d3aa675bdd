import Settings
import Testing

@Suite("arrays that lose entries are found")
struct ShrunkArraysTests {
    @Test(
        "by identity where there is one, else by what the entries say; outermost only, by canonical path",
        arguments: [
            // Before, after, the paths.
            ("{rules: [{name: 'a'}, {name: 'b'}]}", "{rules: [{name: 'b'}, {name: 'a', target: 't'}]}", []),
            ("{rules: [{name: 'a'}, {name: 'b'}]}", "{rules: [{name: 'a'}, {name: 'c'}]}", ["gateway.rules"]),
            ("{rules: [{rule_name: 'a'}]}", "{gateway: {rules: [{name: 'a'}]}}", []),
            ("{rules: [{name: 'a'}]}", "{rules: null}", ["gateway.rules"]),
            ("{gateway: {rules: [{name: 'a'}]}}", "{gateway: {}}", ["gateway.rules"]),
            ("{rules: []}", "{}", []),
            ("{rules: [{name: 'a', upgrades: ['x', 'y']}]}", "{rules: [{name: 'a', upgrades: ['y', 'x']}]}", []),
            (
                "{rules: [{name: 'a', upgrades: ['x', 'y']}]}", "{rules: [{name: 'a', upgrades: ['y', 'z']}]}",
                ["gateway.rules.a.upgrades"]
            ),
            (
                "{rules: [{name: 'a', upgrades: ['x']}, {name: 'b', upgrades: ['x']}]}",
                "{rules: [{name: 'b', upgrades: []}]}",
                ["gateway.rules"]
            ),
            (
                "{rules: [{name: 'a.b', upgrades: ['x']}]}", "{rules: [{name: 'a.b'}]}",
                ["gateway.rules[\"a.b\"].upgrades"]
            ),
            ("{outputs: [{type: 'a', max_size: 1}]}", "{outputs: [{maxSize: 1.0, type: 'a'}, {type: 'b'}]}", []),
            ("{outputs: [{type: 'a'}, {type: 'a'}]}", "{outputs: [{type: 'a'}, {type: 'b'}]}", ["gateway.outputs"]),
            ("{outputs: [{type: 'a', max_size: 1}]}", "{outputs: [{type: 'a', max_size: 2}]}", ["gateway.outputs"]),
            ("{hashes: ['a', 'b']}", "{hashes: ['b', 'a', 'c']}", []),
            ("{hashes: ['a', 'b']}", "{hashes: ['c', 'd', 'e']}", ["gateway.hashes"]),
            ("{hashes: ['a']}", "{hashes: 'a'}", ["gateway.hashes"]),
            (
                "{pools: {p: {tags: ['x']}}, http: {trusted_proxies: ['::1']}}", "{pools: {}, http: null}",
                ["gateway.pools.p.tags", "gateway.http.trustedProxies"]
            ),
            (
                "{tls: {a: {b: [1, 2]}}, cacheLayers: [{name: 'l1', x: [1]}]}",
                "{tls: {a: {b: [2]}}, cache_layers: [{name: 'l1', x: []}]}",
                ["gateway.tls.a.b", "gateway.cacheLayers.l1.x"]
            ),
            ("{gateway: {rules: [{name: 'a'}]}, rules: [{name: 'a'}]}", "{rules: [{name: 'a'}]}", []),
            ("{cacheLayers: [{id: 'a'}, {id: 'a'}]}", "{cacheLayers: [{id: 'a'}]}", ["gateway.cacheLayers"]),
        ])
    func found(_ before: String, _ after: String, _ paths: [String]) throws {
        #expect(Patching.shrunkArrays(try node(before), try node(after), Depot.info) == paths)
    }

    @Test(
        "the paths to compare with may have any spelling",
        arguments: [
            ("rules", "gateway.rules"), ("gateway.rules", "gateway.rules"),
            ("http.trusted_proxies", "gateway.http.trustedProxies"),
            ("rules.a.upgrades", "gateway.rules.a.upgrades"), ("cache_layers.l1.x", "gateway.cacheLayers.l1.x"),
            ("rules[\"a.b\"].upgrades", "gateway.rules[\"a.b\"].upgrades"), ("ruls", nil), ("a..b", nil),
            ("", "gateway"),
        ] as [(String, String?)])
    func canonical(_ text: String, _ path: String?) {
        #expect(Patching.canonicalPath(text, Depot.info) == path)
    }

    @Test("a merged patch never removes an entry that it does not replace or take away", arguments: 0..<10)
    func merged(_ round: Int) throws {
        let seed = UInt64(20_270_201 + round)
        var random = RandomDepot(seed: seed)
        for _ in 0..<50 {
            let (base, patch) = (random.canonical(), random.canonical(isPatch: true))
            let document = random.dressed(base)
            var reading = Reading()
            let merged = Patching.merged(document, random.dressed(patch), Depot.info, &reading)
            let found = Patching.shrunkArrays(document, merged, Depot.info)
            // The same of the canonical forms, which share no storage with each other.
            let expected = Patching.shrunkArrays(
                try RandomDepot.undressed(document), try RandomDepot.undressed(merged), Depot.info)
            #expect(Set(found) == Set(expected), "seed \(seed): \(document.json) became \(merged.json)")
            #expect(Patching.shrunkArrays(document, document, Depot.info).isEmpty)
            for path in found { #expect(Patching.canonicalPath(path, Depot.info) == path) }
        }
    }
}
