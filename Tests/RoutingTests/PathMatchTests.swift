import Routing
import Testing

@Suite("paths find their rules")
struct PathMatchTests {
    private func rule(_ name: String, _ type: String, _ pattern: String, _ more: String = "") -> String {
        "{name: '\(name)', match: {type: '\(type)', pattern: '\(pattern)'}, target: 'a', \(more)}"
    }

    @Test(
        "a prefix ends at a segment's border",
        arguments: [
            ("/api/v1", "v1"), ("/api/v1/", "v1"), ("/api/v1/x", "v1"), ("/api/v1/x/y/z?q=1", "v1"),
            ("/api/v1x", "none"),
            ("/api/v", "none"), ("/api", "none"), ("/", "none"), ("/x/api/v1", "none"), ("//api//v1", "v1"),
            ("/api/x/../v1/%41", "v1"), ("/api/%761", "v1"), ("/api/v1%2Fx", "none"),
        ], ["/api/v1", "/api/v1/", "/api/v1/*", "//api/./v1"])
    func border(request: (target: String, expected: String), pattern: String) throws {
        let router = try router("{rules: [\(rule("v1", "prefix", pattern))]}")
        #expect(try router.name(head(request.target)) == request.expected)
        #expect(try router.explainedName(head(request.target)) == request.expected)
    }

    @Test(
        "an exact path is that path alone",
        arguments: [
            ("/a/b", "without"), ("/a/b?x", "without"), ("/a/b/", "with"), ("/a/b/c", "none"), ("/a", "none"),
            ("/", "root"),
            ("http://example.com", "root"), ("/a/./b", "without"), ("/%7ex", "tilde"), ("/~x", "tilde"),
            ("/caf%c3%a9", "cafe"),
        ])
    func exact(target: String, expected: String) throws {
        let rules = [
            rule("without", "exact", "/a/b"), rule("with", "exact", "/a/b/"), rule("root", "exact", "/"),
            rule("tilde", "exact", "/%7Ex"), rule("cafe", "exact", "/café"),
        ]
        let router = try router("{rules: [\(rules.joined(separator: ","))]}")
        #expect(try router.name(head(target)) == expected)
        #expect(try router.explainedName(head(target)) == expected)
    }

    @Test(
        "exact comes before the longest prefix, that before the first regex, that before default",
        arguments: [
            ("/a/b/c", "exact"), ("/a/b/c/d", "long"), ("/a/b/x", "middle"), ("/a/x", "short"), ("/z9", "regex one"),
            ("/z9/b", "regex one"), ("/q9", "regex two"), ("/q", "everything"), ("/", "everything"),
        ])
    func order(target: String, expected: String) throws {
        let router = try router(
            """
            {default: 'z', rules: [
              {name: 'everything', match: {type: 'default'}, target: 'a'},
              \(rule("regex one", "regex", "^/z")), \(rule("regex two", "regex", "[0-9]")),
              \(rule("short", "prefix", "/a")),
              \(rule("middle", "prefix", "/a/b")), \(rule("long", "prefix", "/a/b/c")),
              \(rule("exact", "exact", "/a/b/c"))]}
            """)
        #expect(try router.name(head(target)) == expected)
        #expect(try router.explainedName(head(target)) == expected)
    }

    @Test(
        "a higher priority comes before every type",
        arguments: [
            ("/a/b", "wide"), ("/a/b/c", "wide"), ("/x/secret", "regex"), ("/a/secret", "wide"), ("/low", "everything"),
            ("/lower/x", "everything"),
        ])
    func priority(target: String, expected: String) throws {
        let router = try router(
            """
            {rules: [
              \(rule("exact", "exact", "/a/b")), \(rule("long", "prefix", "/a/b")),
              \(rule("wide", "prefix", "/a", "priority: 10")),
              \(rule("regex", "regex", "secret", "priority: 5")), \(rule("low", "exact", "/low", "priority: -1")),
              \(rule("lower", "prefix", "/lower", "priority: -2")),
              {name: 'everything', match: {type: 'default'}, target: 'a'}]}
            """)
        #expect(try router.name(head(target)) == expected)
        #expect(try router.explainedName(head(target)) == expected)
    }

    @Test("the root prefix takes every path, and no asterisk")
    func root() throws {
        let router = try router("{rules: [\(rule("all", "prefix", "/*"))]}")
        for target in ["/", "/x", "/x/y", "http://example.com"] { #expect(try router.name(head(target)) == "all") }
        #expect(try router.name(head("*", method: "OPTIONS")) == "none")
    }

    @Test(
        "a regular expression is found anywhere unless it is anchored",
        arguments: [
            ("/x/chat/y", "loose"), ("/embed", "anchored"), ("/x/embed", "none"), ("/embed/x", "none"),
            ("/CHAT", "none"),
        ])
    func anchors(target: String, expected: String) throws {
        let rules = [rule("loose", "regex", "ch[a]t"), rule("anchored", "regex", "^/embed$")]
        let router = try router("{rules: [\(rules.joined(separator: ","))]}")
        #expect(try router.name(head(target)) == expected)
    }

    @Test("without rules everything goes to every agent; with rules that none fits, nothing does")
    func noRules() throws {
        let open = try router("{}")
        #expect(try open.match(head("/x")) == 0)
        #expect(open.rules[0].target.choose(1) == nil && open.rules[0].isDefault)
        let closed = try router("{rules: [\(rule("a", "exact", "/a"))]}")
        #expect(try closed.match(head("/x")) == Router.none)
        let caught = try router("{default: 'tag:rest', rules: [\(rule("a", "exact", "/a"))]}")
        #expect(try caught.name(head("/x")) == "default")
        #expect(caught.rules[1].target.names == [.tag("rest")])
    }

    @Test("any seed finds the same", arguments: [0, 1, UInt64.max, Router.processSeed])
    func seeds(seed: UInt64) throws {
        let rules = (0..<200).map { rule("r\($0)", $0 % 2 == 0 ? "exact" : "prefix", "/s/\($0)") }
        let router = try router("{rules: [\(rules.joined(separator: ","))]}", seed: seed)
        for place in 0..<200 { #expect(try router.match(head("/s/\(place)")) == place) }
        #expect(try router.match(head("/s/0/x")) == Router.none)
        #expect(try router.match(head("/s/1/x")) == 1)
    }

    @Test("a copy for another loop finds the same rules as objects of its own")
    func copies() throws {
        let router = try router("{rules: [\(rule("a", "prefix", "/a")), \(rule("b", "regex", "b"))]}")
        let copy = Router(copy: router)
        for target in ["/a", "/b", "/c"] { #expect(try copy.match(head(target)) == router.match(head(target))) }
        #expect(copy.rule(copy: 0) !== router.rules[0])
    }

    @Test("segments of every length up to long ones are told apart")
    func lengths() throws {
        let paths = (1...40).map { "/" + String(repeating: "s", count: $0) }
        let rules = paths.enumerated().map { rule("r\($0.offset)", "prefix", $0.element) }
        let router = try router("{rules: [\(rules.joined(separator: ","))]}")
        for (place, path) in paths.enumerated() {
            #expect(try router.match(head(path)) == place)
            #expect(try router.match(head(path + "/tail")) == place)
            #expect(try router.match(head(path + "-")) == Router.none)
        }
    }
}
