import Routing
import Settings
import Testing

@Suite("what is wrong with routing settings is told where it stands")
struct RoutingSettingsTests {
    /// The problems of one rule whose parts are given, without the file's name.
    private func problems(
        match: String = "type: 'prefix', pattern: '/a'", _ more: String = "target: 'x'"
    ) throws -> [Problem] {
        try read("{rules: [{name: 'r', match: {\(match)}, \(more)}]}").problems
    }

    @Test(
        "a match with a fault is an error at the fault",
        arguments: [
            ("pattern: '/a'", "match.type", "is missing"),
            ("type: 'prefx', pattern: '/a'", "match.type", "did you mean 'prefix'?"),
            ("type: 'prefix'", "match.pattern", "is missing"),
            ("type: 'exact', pattern: 'a/b'", "match.pattern", "write '/a/b'"),
            ("type: 'prefix', pattern: ''", "match.pattern", "begins with '/'"),
            ("type: 'prefix', pattern: '/a*'", "match.pattern", "final '/*'"),
            ("type: 'prefix', pattern: '/*/a'", "match.pattern", "type regex"),
            ("type: 'exact', pattern: '/a/*'", "match.pattern", "type prefix"),
            ("type: 'exact', pattern: '/a?b=1'", "match.pattern", "match.query"),
            ("type: 'exact', pattern: '/a#b'", "match.pattern", "fragment"),
            ("type: 'exact', pattern: '/a%2'", "match.pattern", "%25"),
            ("type: 'regex', pattern: '(a'", "match.pattern", "missing ): (a"),
            ("type: 'regex', pattern: '(?=a)'", "match.pattern", "invalid perl operator: (?="),
            ("type: 'regex', pattern: ''", "match.pattern", "must not be empty"),
            ("type: 'default', pattern: '/a'", "match.pattern", "leave the pattern out"),
            ("type: 'default', hosts: ['a.com', 'b.*']", "match.hosts[1]", "leading '*.'"),
            ("type: 'default', hosts: ['*']", "match.hosts[0]", "leave hosts out"),
            ("type: 'default', hosts: ['http://a.com']", "match.hosts[0]", "without scheme"),
            ("type: 'default', hosts: ['ä.com']", "match.hosts[0]", "xn--"),
            ("type: 'default', hosts: ['']", "match.hosts[0]", "expected a host"),
            ("type: 'default', methods: ['GET', 'P OST']", "match.methods[1]", "expected a method"),
            ("type: 'default', headers: {'x y': '1'}", "match.headers.x y", "name of a field"),
            ("type: 'default', headers: {'X-A': '1', 'x-a': '2'}", "match.headers.x-a", "same field"),
            ("type: 'default', headers: {a: '~['}", "match.headers.a", "missing ]"),
            ("type: 'default', headers: {a: 'b\\r\\nc: d'}", "match.headers.a", "control character"),
            ("type: 'default', query: {'': 'x'}", "match.query", "name of a query parameter"),
            ("type: 'default', encodedDelimiters: 'kep'", "match.encodedDelimiters", "did you mean 'keep'?"),
            ("type: 'semantic', threshold: 1.5", "match.threshold", "expected 0 to 1"),
        ])
    func match(match: String, path: String, message: String) throws {
        let errors = try problems(match: match).filter { $0.severity == .error }
        let error = try #require(errors.first, "no error")
        #expect(errors.count == 1, "\(errors.map(\.description))")
        #expect(error.path == "gateway.routing.rules[0].\(path)")
        #expect(error.message.contains(message), "\(error.message)")
        #expect(error.position.line == 1 && error.position.column > 1)
    }

    @Test(
        "a rule with a fault is an error at the fault",
        arguments: [
            ("requiresAuth: true", "target", "is missing"), ("target: 'tag:'", "target", "names no target"),
            ("target: []", "target", "must not be empty"), ("target: 5", "target", "expected a target"),
            ("target: [{target: 'a', weight: -1}]", "target[0].weight", "0 to 1000000"),
            ("target: [{target: 'a', weight: 0}]", "target", "every weight is 0"),
            ("target: [{target: 'a', weight: 1}, 'b']", "target", "each one or none"),
            ("target: [{weight: 1}]", "target[0]", "lacks target"),
            ("target: [{target: 'a', wight: 1}]", "target[0]", "did you mean 'weight'?"),
            ("target: 'x', fallback: ['a', 'pool:']", "fallback[1]", "names no target"),
            ("target: 'x', priority: 1000001", "priority", "expected -1000000 to 1000000"),
            ("target: 'x', timeouts: {connect: '0s'}", "timeouts.connect", "more than zero"),
            ("target: 'x', rewrite: {stripPrefix: 'api'}", "rewrite.stripPrefix", "write '/api'"),
            ("target: 'x', rewrite: {addPrefix: '/a/*'}", "rewrite.addPrefix", "no '*'"),
            ("target: 'x', rewrite: {path: '/a', addPrefix: '/b'}", "rewrite", "leave the prefix edits out"),
            (
                "target: 'x', rewrite: {replacePrefix: {from: '/a', to: '/b'}, addPrefix: '/b'}", "rewrite",
                "leave out one"
            ),
            ("target: 'x', rewrite: {replacePrefix: {from: '/a'}}", "rewrite.replacePrefix.to", "is missing"),
            ("target: 'x', rewrite: {path: '/a/$1'}", "rewrite.path", "needs a rule of type regex"),
            ("target: 'x', rewrite: {path: '/a/$x'}", "rewrite.path", "write '$$'"),
            ("target: 'x', rewrite: {path: '/a?b'}", "rewrite.path", "query stays"),
            ("target: 'x', upgrades: ['h2c']", "upgrades[0]", "never reached by an upgrade"),
            ("target: 'x', upgrades: ['a b']", "upgrades[0]", "expected a protocol"),
        ])
    func rule(more: String, path: String, message: String) throws {
        let errors = try problems(more).filter { $0.severity == .error }
        let error = try #require(errors.first, "no error")
        #expect(errors.count == 1, "\(errors.map(\.description))")
        #expect(error.path == "gateway.routing.rules[0].\(path)")
        #expect(error.message.contains(message), "\(error.message)")
    }

    @Test("a rewrite with more groups than the pattern has is an error")
    func groups() throws {
        let problems = try problems(match: "type: 'regex', pattern: '^/(a)'", "target: 'x', rewrite: {path: '/$2'}")
        #expect(problems.map(\.message) == ["$2 is not there: the pattern's groups are 1"])
    }

    @Test(
        "fields that frame messages or belong to a connection cannot be edited",
        arguments: [
            "Content-Length", "transfer-encoding", "Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer",
            "Upgrade",
            "Proxy-Authorization", "Proxy-Authenticate", "HTTP2-Settings",
        ], ["request", "response"])
    func framing(name: String, direction: String) throws {
        for edit in ["set: {'\(name)': '1'}", "remove: ['\(name)']"] {
            let problems = try problems("target: 'x', headers: {\(direction): {\(edit)}}")
            #expect(problems.count == 1 && problems[0].severity == .error, "\(problems.map(\.description))")
            #expect(problems.first?.message.contains("written by the proxy itself") == true)
        }
    }

    @Test(
        "an edit that is no field is an error",
        arguments: [
            ("request: {set: {'a b': '1'}}", "name of a field"), ("request: {set: {'': '1'}}", "name of a field"),
            ("request: {set: {'x:': '1'}}", "name of a field"), ("response: {remove: ['a\\nb']}", "name of a field"),
            ("request: {set: {x: 'a\\r\\nb: c'}}", "line break"), ("request: {set: {x: 'a\\u0000'}}", "line break"),
            ("response: {set: {x: 'a\\nb'}}", "line break"), ("request: {set: {x: '1', X: '2'}}", "edited already"),
            ("request: {set: {x: '1'}, remove: ['X']}", "edited already"),
            ("request: {remove: ['Host']}", "can be set"),
            ("response: {set: {Host: 'a'}}", "belongs to requests"),
            ("request: {set: {Expect: '1'}}", "answered by the proxy"),
        ])
    func edits(edit: String, message: String) throws {
        let problems = try problems("target: 'x', headers: {\(edit)}")
        #expect(problems.count == 1 && problems.first?.severity == .error, "\(problems.map(\.description))")
        #expect(problems.first?.message.contains(message) == true, "\(problems.map(\.description))")
    }

    @Test(
        "edits that every proxy makes are taken",
        arguments: [
            "request: {set: {Host: 'a.com', Authorization: 'Bearer x', 'X-Forwarded-For': '1'}, remove: ['Cookie']}",
            "response: {set: {'Cache-Control': 'no-store', 'X-Empty': ''}}", "request: {set: {x: 'tab\\tand é'}}",
        ])
    func goodEdits(edit: String) throws {
        #expect(try problems("target: 'x', headers: {\(edit)}").isEmpty)
    }

    @Test("a value that is set is a secret: no message shows it")
    func secrets() throws {
        let problems = try problems("target: 'x', headers: {request: {set: {Authorization: ['s3cret']}}}")
        #expect(problems.count == 1)
        #expect(problems.allSatisfy { !$0.description.contains("s3cret") })
        let (settings, _) = try read(
            """
            {rules: [{name: 'r', match: {type: 'default'}, target: 'x', headers: {request: {set: {a: 's3cret'}}}}]}
            """)
        #expect(!settings.json.contains("s3cret"))
    }

    @Test("two rules of one name are an error")
    func names() throws {
        let (_, problems) = try read(
            """
            {rules: [{name: 'r', match: {type: 'exact', pattern: '/a'}, target: 'x'},
              {name: 'r', match: {type: 'default'}, target: 'x'}]}
            """)
        #expect(problems.map(\.path) == ["gateway.routing.rules[1].name"])
        #expect(problems.first?.severity == .error)
    }

    @Test(
        "a rule that can never win is a warning",
        arguments: [
            ("type: 'prefix', pattern: '/a'", "type: 'prefix', pattern: '/a/*'", 1),
            ("type: 'default'", "type: 'default'", 1),
            (
                "type: 'exact', pattern: '/a', hosts: ['A.com', 'b.com']",
                "type: 'exact', pattern: '/%61', hosts: ['b.com', 'a.com:80']", 1
            ),
            ("type: 'regex', pattern: 'a', methods: ['get']", "type: 'regex', pattern: 'a', methods: ['GET']", 1),
            (
                "type: 'exact', pattern: '/a', headers: {'X-A': '1'}",
                "type: 'exact', pattern: '/a', headers: {'x-a': '1'}", 1
            ),
            ("type: 'exact', pattern: '/a'", "type: 'exact', pattern: '/a/'", 0),
            ("type: 'prefix', pattern: '/a'", "type: 'exact', pattern: '/a'", 0),
            ("type: 'exact', pattern: '/a'", "type: 'exact', pattern: '/a', query: {x: '*'}", 0),
        ])
    func shadowed(one: String, two: String, count: Int) throws {
        let (_, problems) = try read(
            "{rules: [{name: 'one', match: {\(one)}, target: 'x'}, {name: 'two', match: {\(two)}, target: 'x'}]}")
        #expect(problems.count == count, "\(problems.map(\.description))")
        #expect(problems.allSatisfy { $0.severity == .warning && $0.path == "gateway.routing.rules[1]" })
        #expect(problems.allSatisfy { $0.message.contains("'one'") })
    }

    @Test("where the later one has priority, the earlier one never wins")
    func shadowedByPriority() throws {
        let (_, problems) = try read(
            """
            {rules: [{name: 'one', match: {type: 'default'}, target: 'x'},
              {name: 'two', priority: 1, match: {type: 'default'}, target: 'x'}]}
            """)
        #expect(problems.map(\.path) == ["gateway.routing.rules[0]"])
    }

    @Test("splits and fallbacks remember where they were written")
    func positions() throws {
        let (settings, problems) = try read(
            """
            {rules: [{name: 'r', match: {type: 'default'},
            target: [{target: 'tag:a', weight: 95},
              {target: 'tag:b', weight: 5}], fallback: 'c'}],
             default: 'pool:z'}
            """)
        #expect(problems.isEmpty, "\(problems.map(\.description))")
        let rule = settings.rules[0]
        #expect(rule.target.choices.map(\.name.position.text) == ["gateway.json:2:19", "gateway.json:3:12"])
        #expect(rule.fallback.values.map(\.position.line) == [3])
        #expect(settings.default?.choices.first?.name.value == .pool("z"))
        #expect(rule.target.text == #"[{"target": "tag:a", "weight": 95}, {"target": "tag:b", "weight": 5}]"#)
    }
}
