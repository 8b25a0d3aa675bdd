import Routing
import Testing
import Wire

@Suite("a rule changes the path that the agent sees")
struct RewriteTests {
    /// The path behind a rule with this rewrite, or "same".
    private func rewritten(
        _ path: String, _ rewrite: String, type: String = "prefix", pattern: String = "/"
    ) throws -> String {
        let match = "{type: '\(type)', pattern: '\(pattern)'}"
        let router = try router("{rules: [{name: 'r', match: \(match), target: 'x', rewrite: {\(rewrite)}}]}")
        let request = try head(path)
        try #require(router.match(request) == 0)
        // The path is the head's memory.
        let rewritten = withExtendedLifetime(request) { router.rules[0].rewrittenPath(request.path) }
        return rewritten.map { String(decoding: $0, as: UTF8.self) } ?? "same"
    }

    @Test(
        "prefixes are taken away, put in front and replaced at a segment's border",
        arguments: [
            ("/api/x", "stripPrefix: '/api'", "/x"), ("/api", "stripPrefix: '/api'", "/"),
            ("/api/", "stripPrefix: '/api/'", "/"),
            ("/apix", "stripPrefix: '/api'", "same"), ("/x/api", "stripPrefix: '/api'", "same"),
            ("/x", "stripPrefix: '/'", "same"),
            ("/x", "addPrefix: '/v2'", "/v2/x"), ("/", "addPrefix: '/v2/'", "/v2/"), ("/x", "addPrefix: '/'", "same"),
            ("/api/x", "stripPrefix: '/api', addPrefix: '/v2'", "/v2/x"),
            ("/api", "stripPrefix: '/api', addPrefix: '/v2'", "/v2"),
            ("/b/x", "stripPrefix: '/api', addPrefix: '/v2'", "/v2/b/x"),
            ("/a/x", "replacePrefix: {from: '/a', to: '/b/c'}", "/b/c/x"),
            ("/a", "replacePrefix: {from: '/a', to: '/'}", "/"),
            ("/ab", "replacePrefix: {from: '/a', to: '/b'}", "same"),
            ("/a/x", "replacePrefix: {from: '/a', to: '/a'}", "same"),
            ("/x", "path: '/fixed'", "/fixed"), ("/x", "path: '/a b/../é'", "/%C3%A9"), ("/x", "path: '/$$1'", "/$1"),
            ("/fixed", "path: '/fixed'", "same"), ("/x?q=1", "path: '/y'", "/y"), ("/x", "", "same"),
        ])
    func prefixes(path: String, rewrite: String, expected: String) throws {
        #expect(try rewritten(path, rewrite) == expected)
    }

    @Test(
        "groups of the expression are put in, in the normal form",
        arguments: [
            ("/u/7/chat", "^/u/([0-9]+)/(.*)$", "/$2/of/$1", "/chat/of/7"), ("/ab", "^/(a)(x)?(b)", "/$3$2$1", "/ba"),
            ("/x/y", "^/(.*)$", "/$1/$1", "/x/y/x/y"), ("/x/.a", "^/x/(.)a", "/y/.$1/z", "/z"),
            ("/x/", "^/x(/)", "/y/$1/z", "/y/z"),
            ("/ab", "b$", "/q", "/q"), ("/same", "^(.*)$", "/$1", "same"),
        ])
    func groups(path: String, pattern: String, template: String, expected: String) throws {
        #expect(try rewritten(path, "path: '\(template)'", type: "regex", pattern: pattern) == expected)
    }

    @Test("the asterisk of OPTIONS stays")
    func asterisk() throws {
        let router = try router("{rules: [{name: 'r', match: {type: 'default'}, target: 'x', rewrite: {path: '/y'}}]}")
        let request = try head("*", method: "OPTIONS")
        #expect(withExtendedLifetime(request) { router.rules[0].rewrittenPath(request.path) } == nil)
        #expect(router.rules[0].rewrites)
    }
}
