import Settings
import Testing

@Suite("what differs between two configurations is told key by key")
struct ChangesTests {
    @Test(
        "by key, entries by their identity, with what was and what is",
        arguments: [
            // Before, after, and for each change: path, before, after.
            ("{}", "{}", []), ("{http: {name: 'edge'}}", "{}", []),
            ("{http: {readTimeout: '30s'}}", "{http: {read_timeout: '0.5m'}}", []),
            (
                "{}", "{http: {name: 'x', isStrict: true}}",
                [#"gateway.http.isStrict: false -> true"#, #"gateway.http.name: "edge" -> "x""#]
            ),
            ("{token: 'a'}", "{token: 'b'}", [#"gateway.token: "R" -> "R""#]),
            ("{}", "{token: 'b'}", [#"gateway.token: "" -> "R""#]),
            ("{hashes: ['a']}", "{hashes: ['b', 'a']}", [#"gateway.hashes: ["R"] -> ["R", "R"]"#]),
            (
                "{rules: [{name: 'a', target: 't'}, {name: 'b'}]}", "{rules: [{name: 'a', target: 'u'}, {name: 'b'}]}",
                [#"gateway.rules.a.target: "t" -> "u""#]
            ),
            (
                "{rules: [{name: 'a'}, {name: 'b'}, {name: 'c'}]}", "{rules: [{name: 'c'}, {name: 'a'}, {name: 'b'}]}",
                [#"gateway.rules: ["a", "b", "c"] -> ["c", "a", "b"]"#]
            ),
            (
                "{agents: [{id: 'a'}, {id: 'b'}]}", "{agents: [{id: 'b'}]}",
                [#"gateway.agents.a: {"id": "a", "weight": 100, "tags": [], "metadata": {}} -> -"#]
            ),
            (
                "{agents: [{id: 'a'}]}", "{agents: [{id: 'z', weight: 1}, {id: 'a', tags: ['x']}]}",
                [
                    #"gateway.agents.a.tags: [] -> ["x"]"#,
                    #"gateway.agents.z: - -> {"id": "z", "weight": 1, "tags": [], "metadata": {}}"#,
                ]
            ),
            (
                "{agents: [{id: 'a'}, {id: 'b'}, {id: 'c'}]}", "{agents: [{id: 'c', weight: 1}, {id: 'a'}]}",
                [
                    #"gateway.agents.b: {"id": "b", "weight": 100, "tags": [], "metadata": {}} -> -"#,
                    "gateway.agents.c.weight: 100 -> 1",
                    #"gateway.agents: ["a", "b", "c"] -> ["c", "a"]"#,
                ]
            ),
            (
                "{rules: [{name: 'a.b', max_tries: 1}]}", "{rules: [{name: 'a.b', maxTries: 2}]}",
                [#"gateway.rules["a.b"].maxTries: 1 -> 2"#]
            ),
            (
                "{outputs: [{type: 'a'}, {type: 'b'}]}", "{outputs: [{type: 'a'}, {type: 'c'}]}",
                [#"gateway.outputs[1].type: "b" -> "c""#]
            ),
            (
                "{outputs: [{type: 'a'}, {type: 'b'}]}", "{outputs: [{type: 'b'}]}",
                [#"gateway.outputs[0]: {"type": "a", "maxSize": 1} -> -"#]
            ),
            (
                "{outputs: []}", "{outputs: [{secretKey: 'k'}]}",
                [#"gateway.outputs[0]: - -> {"type": "file", "maxSize": 1, "secretKey": "R"}"#]
            ),
            (
                "{pools: {p: {size: 1}, q: {}}}", "{pools: {p: {size: 2}, r: {}}}",
                [
                    #"gateway.pools.p.size: 1 -> 2"#, #"gateway.pools.q: {"tags": []} -> -"#,
                    #"gateway.pools.r: - -> {"tags": []}"#,
                ]
            ),
            ("{}", "{guard: {}}", [#"gateway.guard: - -> {"errorRate": 0.05, "watch": "1m"}"#]),
            ("{guard: {watch: '1s'}}", "{guard: {watch: '2s'}}", [#"gateway.guard.watch: "1s" -> "2s""#]),
            ("{listen: ':1'}", "{}", [#"gateway.listen: "[::]:1" -> -"#]),
            (
                "{rules: [{name: 'a', headers: {set: {X: '1'}}}]}", "{rules: [{name: 'a', headers: {set: {X: '2'}}}]}",
                [#"gateway.rules.a.headers.set: {"X": "R"} -> {"X": "R"}"#]
            ),
            (
                "{agents: [{id: 'a', metadata: {api_key: '1', z: '1'}}]}",
                "{agents: [{id: 'a', metadata: {api_key: '2', z: '1'}}]}",
                [#"gateway.agents.a.metadata: {"api_key": "R", "z": "1"} -> {"api_key": "R", "z": "1"}"#]
            ),
        ] as [(String, String, [String])])
    func changes(_ before: String, _ after: String, _ lines: [String]) throws {
        let changes = Depot.changes(from: try Depot.loaded(before), to: try Depot.loaded(after))
        let found = changes.map { "\($0.pathText): \($0.before ?? "-") -> \($0.after ?? "-")" }
        #expect(
            found
                == lines.map {
                    $0.split(separator: "\"R\"", omittingEmptySubsequences: false).joined(
                        separator: "\"\(Secret.redacted)\"")
                })
    }

    @Test("what a variable stands for is compared, not its name")
    func variables() throws {
        let variable = try Depot.loaded("{http: {name: '${N}'}, token: '${T}'}", ["N": "a", "T": "t"])
        #expect(Depot.changes(from: variable, to: try Depot.loaded("{http: {name: 'a'}, token: 't'}")).isEmpty)
        let other = try Depot.loaded("{http: {name: '${N}'}, token: '${T}'}", ["N": "b", "T": "t"])
        #expect(Depot.changes(from: variable, to: other).map(\.pathText) == ["gateway.http.name"])
    }

    @Test(
        "a change says when it applies; one of a whole entry when the last of its keys does",
        arguments: [
            ("{}", "{http: {listen: ':1'}}", KeyInfo.Applies.restart), ("{}", "{listen: ':1'}", .listener),
            ("{}", "{token: 'x'}", .live), ("{}", "{outputs: [{}]}", .restart), ("{}", "{agents: [{id: 'a'}]}", .live),
            ("{rules: [{name: 'a'}, {name: 'b'}]}", "{rules: [{name: 'b'}, {name: 'a'}]}", .restart),
            ("{}", "{guard: {}}", .live),
        ])
    func applies(_ before: String, _ after: String, _ applies: KeyInfo.Applies) throws {
        let changes = Depot.changes(from: try Depot.loaded(before), to: try Depot.loaded(after))
        #expect(changes.map(\.applies) == [applies])
    }

    @Test("entries without an identity of their own, or with one that another has, go by their place")
    func places() {
        var (old, new) = (Depot(), Depot())
        old.agents = ["a", "a"].map { DepotAgent(id: $0) }
        new.agents = ["b", "c"].map { DepotAgent(id: $0) }
        #expect(Depot.changes(from: old, to: new).map(\.pathText) == ["gateway.agents[0].id", "gateway.agents[1].id"])
        old.agents = ["", "x"].map { DepotAgent(id: $0) }
        new.agents = ["y", "z"].map { DepotAgent(id: $0) }
        #expect(Depot.changes(from: old, to: new, at: []).map(\.pathText) == ["agents[0].id", "agents[1].id"])
    }

    @Test("no change is no difference, and the other way round", arguments: 0..<10)
    func property(_ round: Int) throws {
        let seed = UInt64(20_270_401 + round)
        var random = RandomDepot(seed: seed)
        for _ in 0..<30 {
            let (one, two) = (
                try root(random.dressed(random.canonical())), try root(random.dressed(random.canonical()))
            )
            #expect(Depot.changes(from: one, to: one).isEmpty)
            let changes = Depot.changes(from: one, to: two)
            #expect(changes.isEmpty == (one == two), "seed \(seed)")
            #expect(Set(changes.map(\.path)).count == changes.count, "seed \(seed): \(changes.map(\.pathText))")
            let back = Depot.changes(from: two, to: one)
            #expect(Set(back.map(\.path)) == Set(changes.map(\.path)), "seed \(seed)")
        }
    }

    /// What can be read of a document; values of wrong types are their defaults.
    private func root(_ document: Node) throws -> Depot {
        let bytes = Array(document.json.utf8)
        return Configuration<Depot>.load(Inputs(configFiles: ["f"]) { $0 == "f" ? .bytes(bytes) : .missing }).root
    }
}
