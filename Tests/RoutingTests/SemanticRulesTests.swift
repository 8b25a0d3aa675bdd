import Routing
import Testing
import Wire

@Suite("semantic rules ask what a text means, after every rule that need not ask")
struct SemanticRulesTests {
    /// `match` without type and categories.
    private func semantic(_ name: String, _ match: String = "", _ more: String = "") -> String {
        "{name: '\(name)', match: {type: 'semantic', categories: ['c'], \(match)}, target: 'x', \(more)}"
    }

    private func rule(_ name: String, _ type: String, _ pattern: String, _ more: String = "") -> String {
        "{name: '\(name)', match: {type: '\(type)', pattern: '\(pattern)'}, target: 'x', \(more)}"
    }

    private func rules(_ rules: String..., default target: String? = nil) -> String {
        "{rules: [\(rules.joined(separator: ","))]\(target.map { ", default: '\($0)'" } ?? "")}"
    }

    /// The name of the rule that wins with these scores; 0 for the rules that are not named.
    private func winner(
        _ text: String, _ target: String, host: String = "a.com", _ scores: [String: Float]
    ) throws
        -> String
    {
        try router(text).name(head(target, host: host), scores: scores)
    }

    // MARK: when it is asked

    @Test("without a semantic rule nothing is ever asked", arguments: ["/", "/a", "/a/b", "/z9", "/q"])
    func never(target: String) throws {
        let router = try router(
            rules(
                rule("e", "exact", "/a"), rule("p", "prefix", "/a"), rule("r", "regex", "9"),
                "{name: 'd', match: {type: 'default', methods: ['POST']}, target: 'x'}", default: "y"))
        #expect(!router.hasSemanticRules)
        #expect(try router.match(head(target)) >= 0)
        #expect(try router.question(head(target)) == nil)
    }

    @Test(
        "what an exact path, a prefix or an expression takes is never asked about",
        arguments: [("/e", "e"), ("/p", "p"), ("/p/q/r", "p"), ("/x9", "r")])
    func exactTraffic(target: String, expected: String) throws {
        let router = try router(
            rules(
                semantic("first"), semantic("deep", "pattern: '/x9'"), rule("e", "exact", "/e"),
                rule("p", "prefix", "/p"), rule("r", "regex", "9"), default: "y"))
        #expect(router.hasSemanticRules)
        #expect(try router.name(head(target)) == expected)
        #expect(try router.question(head(target)) == nil)
    }

    @Test("what nothing else takes, or a default, is asked about", arguments: [nil, "y"])
    func asked(rest: String?) throws {
        let router = try router(rules(rule("e", "exact", "/e"), semantic("s"), semantic("t"), default: rest))
        let request = try head("/other")
        #expect(router.match(request) == Router.asksMeaning)
        let question = try #require(router.question(request))
        #expect(question.candidates.map(\.rule) == [1, 2])
        #expect(question.candidates.map(\.threshold) == [0.75, 0.75])
        #expect(question.otherwise == (rest == nil ? Router.none : 3))
        #expect(question.answer() == question.otherwise, "a request without a text")
    }

    @Test("a rule of type default comes after them, unless its priority is higher")
    func defaults() throws {
        func text(_ priority: Int) -> String {
            rules(
                "{name: 'd', match: {type: 'default', methods: ['GET']}, target: 'x', priority: \(priority)}",
                semantic("s"))
        }
        #expect(try winner(text(0), "/", ["s": 0.8]) == "s")
        #expect(try winner(text(0), "/", ["s": 0.7]) == "d")
        #expect(try router(text(1)).match(head("/")) == 0)
        #expect(try winner(text(1), "/", ["s": 1]) == "d")
    }

    @Test(
        "with a higher priority one wins over any other rule, but with its threshold alone",
        arguments: [("/e", "e"), ("/p/x", "p"), ("/x9", "r")])
    func priority(target: String, other: String) throws {
        let text = rules(
            rule("e", "exact", "/e"), rule("p", "prefix", "/p"), rule("r", "regex", "9"),
            semantic("s", "threshold: 0.6", "priority: 1"))
        #expect(try winner(text, target, ["s": 0.6]) == "s")
        #expect(try winner(text, target, ["s": 0.59]) == other)
        #expect(try router(text).question(head(target))?.answer() == router(text).rules.firstIndex { $0.name == other })
    }

    @Test("only those are asked that rank before the best other rule")
    func ranking() throws {
        let router = try router(
            rules(
                semantic("low"), semantic("high", "", "priority: 5"), semantic("same", "", "priority: 3"),
                rule("p", "prefix", "/p", "priority: 3")))
        let before = try #require(router.question(head("/p")))
        #expect(before.candidates.map(\.rule) == [1] && before.otherwise == 3)
        let all = try #require(router.question(head("/q")))
        #expect(all.candidates.map(\.rule) == [1, 2, 0] && all.otherwise == Router.none)
    }

    // MARK: who wins

    @Test(
        "of those that reach their thresholds the highest priority wins, then the highest score, then the first",
        arguments: [
            (["a": 0.8, "b": 0.9, "c": 0], "b"), (["a": 0.9, "b": 0.8, "c": 0], "a"),
            (["a": 0.8, "b": 0.8, "c": 0], "a"),
            (["a": 0.9, "b": 0.9, "c": 0.5], "c"), (["a": 0.9, "b": 0, "c": 0.49], "a"),
            (["a": 0.74, "b": 0.77, "c": 0.49], "rest"), (["a": 0.74, "b": 0.78, "c": 0.1], "b"),
            (["a": .nan, "b": .nan, "c": .nan], "rest"), (["a": .infinity, "b": 1, "c": .nan], "a"),
        ] as [([String: Float], String)])
    func order(scores: [String: Float], expected: String) throws {
        let text = rules(
            semantic("a"), semantic("b", "threshold: 0.78"), semantic("c", "threshold: 0.5", "priority: 2"),
            "{name: 'rest', match: {type: 'default'}, target: 'x'}")
        #expect(try winner(text, "/", scores) == expected)
        let explained = try router(text)
        #expect(try explained.explainedName(head("/"), scores: scores) == expected)
    }

    @Test("with equal scores the longer path, the more exact host and more conditions decide, as with any rule")
    func ties() throws {
        let text = rules(
            semantic("plain"), semantic("host", "hosts: ['*.com']"),
            semantic("exact host", "hosts: ['a.com', '*.org']"),
            semantic("below", "pattern: '/chat'"))
        let scores: [String: Float] = ["plain": 0.9, "host": 0.9, "exact host": 0.9, "below": 0.9]
        #expect(try winner(text, "/chat/x", scores) == "below")
        #expect(try winner(text, "/x", scores) == "exact host")
        #expect(try winner(text, "/x", host: "b.com", scores) == "host")
        #expect(try winner(text, "/x", host: "b.net", scores) == "plain")
        let better = scores.merging(["plain": 0.91]) { $1 }
        #expect(try winner(text, "/chat/x", better) == "plain", "a higher score comes before all of them")
    }

    // MARK: what must hold besides

    @Test(
        "path, host, method, field and parameter must hold before a text is asked for",
        arguments: [
            ("/v1/chat?q=1", "POST", "x.a.com", "1", true), ("/v1?q=1", "POST", "x.a.com", "1", true),
            ("/v1x?q=1", "POST", "x.a.com", "1", false), ("/v2?q=1", "POST", "x.a.com", "1", false),
            ("/v1/chat?q=1", "GET", "x.a.com", "1", false), ("/v1/chat?q=1", "POST", "b.com", "1", false),
            ("/v1/chat?q=1", "POST", "x.a.com", "2", false), ("/v1/chat?q=2", "POST", "x.a.com", "1", false),
        ])
    func conditions(target: String, method: String, host: String, field: String, isAsked: Bool) throws {
        let router = try router(
            rules(
                semantic(
                    "s",
                    "pattern: '/v1', hosts: ['*.a.com', 'x.a.com'], methods: ['POST'], headers: {f: '1'}, "
                        + "query: {q: '1'}"
                )))
        let request = try head(target, method: method, host: host, fields: ["f: \(field)"])
        #expect(router.match(request) == (isAsked ? Router.asksMeaning : Router.none))
        #expect(router.question(request)?.candidates.map(\.rule) == (isAsked ? [0] : nil), "once, though by two hosts")
        #expect((router.explain(request)[0].held == 5) == isAsked)
    }

    @Test(
        "a pattern is a path below which the rule looks, in any of its spellings",
        arguments: ["/a/b", "/a/b/", "/a/b/*", "/a//b"])
    func patterns(pattern: String) throws {
        let router = try router(rules(semantic("s", "pattern: '\(pattern)'"), semantic("t", "pattern: '/a'")))
        func asked(_ target: String) throws -> [Int] { try router.question(head(target))?.candidates.map(\.rule) ?? [] }
        #expect(try asked("/a/b") == [0, 1])
        #expect(try asked("/a/b/c/d") == [0, 1])
        #expect(try asked("/a/bc") == [1])
        #expect(try asked("/a/") == [1])
        #expect(try asked("/b") == [])
    }

    @Test("OPTIONS for the server itself has no path, and no text")
    func asterisk() throws {
        #expect(try router(rules(semantic("s"))).match(head("*", method: "OPTIONS")) == Router.none)
    }

    @Test("where memory ran out before it is known who else fits, nothing is asked")
    func outOfMemory() throws {
        let text = rules(
            rule("e", "exact", "/e"), rule("r", "regex", "^/[a-z]{100}$"), semantic("s"),
            semantic("on e", "pattern: '/e'", "priority: 1"))
        let small = Router(try read(text).settings, seed: 1, setMemory: 64 << 20, expressionMemory: 100)
        #expect(try small.match(head("/x")) == Router.outOfMemory)
        #expect(try small.question(head("/x")) == nil)
        // What wins over the expression is certain all the same.
        #expect(try small.question(head("/e"))?.candidates.map(\.rule) == [3])
    }

    @Test("many below one path are told, and no more than once each")
    func many() throws {
        let count = 600
        let text = (0..<count).map { place in
            semantic("s\(place)", place % 3 == 0 ? "hosts: ['*.com', 'a.com', '*.a.com']" : "pattern: '/p'")
        }
        let router = try router("{rules: [\(text.joined(separator: ","))]}")
        let question = try #require(router.question(head("/p/x", host: "a.com")))
        #expect(question.candidates.count == count)
        #expect(Set(question.candidates.map(\.rule)) == Set(0..<count))
        #expect(question.answer { $0 == 311 ? 0.9 : 0.8 } == 311)
        #expect(try router.question(head("/p/x", host: "b.net"))?.candidates.count == count / 3 * 2)
    }

    @Test("a copy for another loop asks the same")
    func copies() throws {
        let original = try router(rules(semantic("s"), rule("e", "exact", "/e"), default: "y"))
        let copy = Router(copy: original)
        for target in ["/e", "/x"] {
            #expect(try copy.match(head(target)) == original.match(head(target)))
            #expect(try copy.question(head(target)) == original.question(head(target)))
        }
    }
}

extension Router {
    /// The name of the rule that takes the request with these scores by rule; 0 for the rules that are not named.
    func name(_ head: RequestHead, scores: [String: Float]) -> String {
        guard match(head) == Router.asksMeaning else { return name(head) }
        guard let question = question(head) else { return "no question" }
        let answer = question.answer { scores[rules[$0].name] ?? 0 }
        return answer == Router.none ? "none" : rules[answer].name
    }

    /// The same by the plain way of `explain`.
    func explainedName(_ head: RequestHead, scores: [String: Float]) -> String {
        explain(head) { scores[rules[$0].name] ?? 0 }.first { $0.wins }?.name ?? "none"
    }
}
