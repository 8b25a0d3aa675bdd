import Routing
import Testing

@Suite("hosts, methods, fields and parameters decide between rules with one pattern")
struct ConditionTests {
    /// `match` without type and pattern.
    private func rule(_ name: String, _ match: String, _ more: String = "") -> String {
        "{name: '\(name)', match: {type: 'prefix', pattern: '/a', \(match)}, target: 'x', \(more)}"
    }

    @Test(
        "the rule with more conditions wins, wherever it was written",
        arguments: [
            (weaker: "", stronger: "methods: ['GET']"),
            ("methods: ['GET'], headers: {x: '1'}", "hosts: ['*.example.com']"),
            ("hosts: ['*.example.com'], methods: ['GET']", "hosts: ['api.example.com']"),
            ("hosts: ['*.com'], methods: ['GET']", "hosts: ['*.example.com']"),
            ("headers: {x: '1', y: '2'}", "methods: ['GET']"), ("headers: {x: '1'}", "headers: {x: '*', y: '~.'}"),
            ("query: {q: '1', r: '*'}", "headers: {x: '1'}"), ("query: {q: '1'}", "query: {q: '*', r: '*'}"),
            ("", "query: {q: '*'}"), ("", "headers: {x: '~1'}"), ("", "hosts: ['other.com', '*.example.com']"),
        ])
    func specificity(weaker: String, stronger: String) throws {
        let request = try head("/a/b?q=1&r", host: "api.example.com", fields: ["x: 1", "y: 2"])
        let rules = [rule("weaker", weaker), rule("stronger", stronger)]
        for rules in [rules, rules.reversed()] {
            let router = try router("{rules: [\(rules.joined(separator: ","))]}")
            #expect(router.name(request) == "stronger")
            #expect(router.explainedName(request) == "stronger")
        }
    }

    @Test("of two rules that ask the same amount the one written first wins")
    func writtenFirst() throws {
        let router = try router("{rules: [\(rule("one", "headers: {x: '1'}")), \(rule("two", "headers: {y: '2'}"))]}")
        #expect(try router.name(head("/a", fields: ["x: 1", "y: 2"])) == "one")
        #expect(try router.name(head("/a", fields: ["y: 2"])) == "two")
    }

    @Test("a longer prefix comes before more conditions, a priority before both")
    func lengthFirst() throws {
        let long = "{name: 'long', match: {type: 'prefix', pattern: '/a/b'}, target: 'x'}"
        let narrow = try router("{rules: [\(rule("narrow", "hosts: ['example.com'], methods: ['GET']")), \(long)]}")
        #expect(try narrow.name(head("/a/b")) == "long")
        let high = try router("{rules: [\(rule("high", "hosts: ['example.com']", "priority: 1")), \(long)]}")
        #expect(try high.name(head("/a/b")) == "high")
        #expect(try high.name(head("/a/b", host: "other.com")) == "long")
    }

    @Test("what does not fit falls to the next rule: less exact, then shorter")
    func falling() throws {
        let router = try router(
            """
            {rules: [\(rule("post", "methods: ['POST']")), \(rule("host", "hosts: ['h.com']")), \(rule("plain", "")),
              {name: 'deep', match: {type: 'prefix', pattern: '/a/b', headers: {x: '*'}}, target: 'x'},
              {name: 'exact', match: {type: 'exact', pattern: '/a/b', query: {v: '2'}}, target: 'x'}]}
            """)
        #expect(try router.name(head("/a/b?v=2", fields: ["x: 1"])) == "exact")
        #expect(try router.name(head("/a/b?v=1", fields: ["x: 1"])) == "deep")
        #expect(try router.name(head("/a/b", method: "POST")) == "post")
        #expect(try router.name(head("/a/b", method: "POST", host: "h.com")) == "host")
        #expect(try router.name(head("/a/b")) == "plain")
    }

    @Test(
        "ports, case and a final dot of a host do not count",
        arguments: [
            ("api.example.com", "exact"), ("API.Example.COM", "exact"), ("api.example.com:8443", "exact"),
            ("api.example.com.", "exact"), ("x.example.com", "wildcard"), ("x.y.example.com:1", "wildcard"),
            ("z.deep.example.com", "deeper"), ("deep.example.com", "wildcard"), ("example.com", "none"),
            ("notexample.com", "none"), ("api.example.com.evil.org", "none"), ("[::1]:80", "six"), ("[::1]", "six"),
            ("[::2]", "none"),
        ])
    func hosts(host: String, expected: String) throws {
        let router = try router(
            """
            {rules: [\(rule("wildcard", "hosts: ['*.EXAMPLE.com']")),
              \(rule("exact", "hosts: ['api.example.com:80', 'b.com']")),
              \(rule("deeper", "hosts: ['*.deep.example.com']")), \(rule("six", "hosts: ['[::1]']"))]}
            """)
        #expect(try router.name(head("/a", host: host)) == expected)
        #expect(try router.explainedName(head("/a", host: host)) == expected)
    }

    @Test(
        "methods are what was written, the well-known in any case",
        arguments: [
            ("GET", "read"), ("HEAD", "read"), ("POST", "none"), ("PROPFIND", "dav"), ("MKCOL", "dav"),
            ("propfind", "none"),
            ("PUT", "dav"), ("REPORT", "none"),
        ])
    func methods(method: String, expected: String) throws {
        let router = try router(
            """
            {rules: [\(rule("read", "methods: ['get', 'HEAD']")),
              \(rule("dav", "methods: ['PROPFIND', 'PUT', 'MKCOL']"))]}
            """)
        #expect(try router.name(head("/a", method: method)) == expected)
        #expect(try router.explainedName(head("/a", method: method)) == expected)
    }

    @Test(
        "fields fit by value, by expression, by being there",
        arguments: [
            (["X-Tier: gold"], "gold"), (["x-tier: gold "], "gold"), (["x-tier: Gold"], "none"),
            (["x-tier: golden"], "none"),
            (["x-model: gpt-4o"], "model"), (["x-model: my-gpt-4"], "none"), (["X-Debug:"], "debug"),
            (["x-other: 1"], "none"),
            (["x-tier: gold", "x-debug: 1"], "gold"),
        ])
    func fields(fields: [String], expected: String) throws {
        let router = try router(
            """
            {rules: [\(rule("gold", "headers: {'X-Tier': 'gold'}")), \(rule("model", "headers: {'x-model': '~^gpt-'}")),
              \(rule("debug", "headers: {'x-debug': '*'}"))]}
            """)
        #expect(try router.name(head("/a", fields: fields)) == expected)
        #expect(try router.explainedName(head("/a", fields: fields)) == expected)
    }

    @Test(
        "parameters fit decoded, any of several, or by being there",
        arguments: [
            ("v=2", "two"), ("x=1&v=2&y", "two"), ("v=1&v=2", "two"), ("%76=%32", "two"), ("v=22", "none"),
            ("v=", "none"),
            ("v", "none"),
            ("av=2", "none"), ("v=2;x", "none"), ("name=a+b", "words"), ("name=a%20b", "words"), ("name=a%2Bb", "none"),
            ("flag", "flag"),
            ("flag=", "flag"), ("flag=x", "flag"), ("flagged", "none"), ("", "none"), ("&&=&", "none"),
            ("v=%3", "none"),
            ("v=%", "none"),
            ("empty=", "empty"), ("empty", "empty"), ("empty=1", "none"),
        ])
    func parameters(query: String, expected: String) throws {
        let router = try router(
            """
            {rules: [\(rule("two", "query: {v: '2'}")), \(rule("words", "query: {name: 'a b'}")),
              \(rule("flag", "query: {flag: '*'}")), \(rule("empty", "query: {empty: ''}"))]}
            """)
        #expect(try router.name(head("/a?" + query)) == expected)
        #expect(try router.explainedName(head("/a?" + query)) == expected)
    }

    @Test(
        "conditions hold for exact paths, expressions and default rules too",
        arguments: [
            ("/e", "a.com", "exact"), ("/r9", "a.com", "regex"), ("/x", "a.com", "rest"), ("/e", "b.com", "none"),
            ("/r9", "b.com", "open regex"), ("/r8", "a.com", "same regex"),
        ])
    func otherTypes(target: String, host: String, expected: String) throws {
        let router = try router(
            """
            {rules: [
              {name: 'exact', match: {type: 'exact', pattern: '/e', hosts: ['a.com']}, target: 'x'},
              {name: 'open regex', match: {type: 'regex', pattern: '9$'}, target: 'x'},
              {name: 'regex', match: {type: 'regex', pattern: '9$', hosts: ['a.com']}, target: 'x'},
              {name: 'same regex', match: {type: 'regex', pattern: '8', hosts: ['a.com']}, target: 'x'},
              {name: 'rest', match: {type: 'default', hosts: ['a.com']}, target: 'x'}]}
            """)
        #expect(try router.name(head(target, host: host)) == expected)
        #expect(try router.explainedName(head(target, host: host)) == expected)
    }
}
