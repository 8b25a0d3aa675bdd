import Routing
import Settings
import Testing

@Suite("what is wrong with the settings of semantic rules is told where it stands")
struct SemanticSettingsTests {
    private func problems(match: String) throws -> [Problem] {
        try read("{rules: [{name: 'r', match: {type: 'semantic', \(match)}, target: 'x'}]}").problems
    }

    @Test("the owner's rules are read without a word, and all stand in the router")
    func owners() throws {
        let (settings, problems) = try read(
            """
            {rules: [
              {name: 'chat', match: {type: 'semantic', threshold: 0.82, categories: ['conversation', 'qa', 'general']},
                target: 'a', fallback: 'b'},
              {name: 'code', match: {type: 'semantic', threshold: 0.78, categories: ['code', 'debug']}, target: 'c'},
              {name: 'more', match: {type: 'semantic', categories: ['code', 'debug']}, target: 'd'},
              {name: 'admin', match: {type: 'prefix', pattern: '/admin'}, target: 'e', requiresAuth: true}]}
            """)
        #expect(problems.isEmpty, "\(problems.map(\.description))")
        #expect(Router(settings).rules.map(\.name) == ["chat", "code", "more", "admin"])
        #expect(settings.rules.map(\.match.threshold) == [0.82, 0.78, 0.75, 0.75])
    }

    @Test(
        "a semantic match with a fault is an error at the fault",
        arguments: [
            ("threshold: 0.8", "match.categories", "is missing; a rule of type semantic needs at least one"),
            ("categories: []", "match.categories", "is missing"),
            ("categories: ['a', '']", "match.categories[1]", "expected the name of a category"),
            ("categories: ['a', 'b', 'a']", "match.categories[2]", "'a' would be counted twice"),
            ("categories: ['a'], threshold: 1.01", "match.threshold", "expected 0 to 1"),
            ("categories: ['a'], threshold: -0.1", "match.threshold", "expected 0 to 1"),
            ("categories: ['a'], pattern: 'v1'", "match.pattern", "write '/v1'"),
            ("categories: ['a'], pattern: '/v*/x'", "match.pattern", "final '/*'"),
            ("categories: ['a'], hosts: ['*']", "match.hosts[0]", "leave hosts out"),
        ])
    func match(match: String, path: String, message: String) throws {
        let problems = try problems(match: match)
        #expect(problems.map(\.severity) == [.error], "\(problems.map(\.description))")
        #expect(problems.first?.path == "gateway.routing.rules[0].\(path)")
        #expect(problems.first?.message.contains(message) == true, "\(problems.map(\.description))")
    }

    @Test("thresholds from nothing to everything are taken, and any path to look below")
    func bounds() throws {
        for match in ["threshold: 0", "threshold: 1", "pattern: '/v1'", "pattern: '/v1/*'", "pattern: '/'"] {
            #expect(try problems(match: "categories: ['a'], \(match)").isEmpty)
        }
    }

    @Test("categories and threshold on another rule are warnings")
    func elsewhere() throws {
        let (_, problems) = try read(
            "{rules: [{name: 'r', match: {type: 'default', categories: ['a'], threshold: 0.5}, target: 'x'}]}")
        #expect(problems.map { $0.path.split(separator: ".").last } == ["categories", "threshold"])
        #expect(problems.allSatisfy { $0.severity == .warning })
    }

    // MARK: rules that never win

    @Test("semantic rules that take the same path and categories are no rules that never win")
    func sameMatches() throws {
        let rules = (0..<3).map { "{name: 'r\($0)', match: {type: 'semantic', categories: ['a']}, target: 'x'}" }
        #expect(try read("{rules: [\(rules.joined(separator: ","))]}").problems.isEmpty)
    }

    @Test(
        "one behind a rule that takes all before it is a warning",
        arguments: [
            ("type: 'prefix', pattern: '/'", 0, "", 0, true), ("type: 'prefix', pattern: '/'", 0, "", 1, false),
            ("type: 'prefix', pattern: '/'", 2, "", 1, true), ("type: 'prefix', pattern: '/v1'", 0, "", 0, false),
            ("type: 'prefix', pattern: '/v1/'", 0, "pattern: '/v1'", 0, true),
            ("type: 'prefix', pattern: '/v1'", 0, "pattern: '/v1/chat', methods: ['POST']", 0, true),
            ("type: 'prefix', pattern: '/v1'", 0, "pattern: '/v1x'", 0, false),
            ("type: 'prefix', pattern: '/v1/chat'", 0, "pattern: '/v1'", 0, false),
            ("type: 'prefix', pattern: '/', methods: ['GET']", 0, "", 0, false),
            ("type: 'default'", 0, "", 0, false), ("type: 'default'", 1, "", 0, true),
            ("type: 'default', hosts: ['a.com']", 1, "", 0, false), ("type: 'exact', pattern: '/v1'", 0, "", 0, false),
        ])
    func unreached(other: String, otherPriority: Int, match: String, priority: Int, isTold: Bool) throws {
        let (settings, problems) = try read(
            """
            {rules: [
              {name: 's', match: {type: 'semantic', categories: ['a'], \(match)}, target: 'x', priority: \(priority)},
              {name: 'other', match: {\(other)}, target: 'x', priority: \(otherPriority)}]}
            """)
        #expect(problems.map(\.path) == (isTold ? ["gateway.routing.rules[0]"] : []), "\(problems.map(\.description))")
        #expect(problems.allSatisfy { $0.severity == .warning && $0.message.hasPrefix("never wins: rule 'other'") })
        let pattern = settings.rules[0].match.pattern ?? "/"
        let request = try head(pattern + (pattern.hasSuffix("/") ? "" : "/") + "q", method: "POST", host: "b.com")
        #expect((Router(settings).match(request) == Router.asksMeaning) != isTold, "the warning is true")
    }

    // MARK: routing.semantic

    @Test("what is not given is as it is by default")
    func defaults() throws {
        let (settings, problems) = try read("{}")
        #expect(problems.isEmpty)
        #expect(settings.semantic.categories.isEmpty && settings.semantic.text.isEmpty)
        #expect(settings.semantic.bodyBytes == .mebibytes(1) && settings.semantic.budget == nil && settings.bodyAgent)
    }

    @Test("what is given is read")
    func given() throws {
        let (settings, problems) = try read(
            """
            {bodyAgent: false, semantic: {text: ['query.text', 'message'], bodyBytes: '64KiB', budget: '20ms',
             categories: {
              'order status': {examples: ['where is my parcel', '我的快递到哪了'], negatives: ['send a parcel']},
              refunds: {description: 'wants money back'}, code: {negatives: ['postal code']}}},
             rules: [{name: 'r', match: {type: 'semantic', categories: ['refunds']}, target: 'x', bodyAgent: true},
               {name: 's', match: {type: 'exact', pattern: '/'}, target: 'x'}], default: 'y'}
            """)
        #expect(problems.isEmpty, "\(problems.map(\.description))")
        let semantic = settings.semantic
        #expect(semantic.text == ["query.text", "message"] && semantic.bodyBytes == .kibibytes(64))
        #expect(semantic.budget == .milliseconds(20))
        #expect(semantic.categories["order status"]?.examples.count == 2)
        #expect(semantic.categories["order status"]?.negatives == ["send a parcel"])
        #expect(semantic.categories["refunds"]?.description == "wants money back")
        #expect(
            semantic.categories["refunds"]?.isDescribed == true && semantic.categories["code"]?.isDescribed == false)
        let router = Router(settings)
        #expect(router.rules.map(\.bodyAgent) == [true, false, false], "the rule's own word, else that of routing")
        #expect(router.rule(copy: 0).bodyAgent)
    }

    @Test(
        "a fault in it is an error at the fault",
        arguments: [
            ("bodyBytes: 0", "bodyBytes", "more than zero"), ("budget: '0s'", "budget", "more than zero"),
            ("categories: {a: {}}", "categories.a", "says nothing"),
            ("categories: {a: {examples: []}}", "categories.a", "expected examples or a description"),
            ("categories: {'': {examples: ['x']}}", "categories", "expected the name of a category"),
            ("categories: {a: {examples: ['x', ' \\n']}}", "categories.a.examples", "without words"),
            ("categories: {a: {description: ''}}", "categories.a.description", "without words"),
            (
                "categories: {a: {examples: ['x', 'y'], negatives: ['z', 'y']}}", "categories.a.negatives[1]",
                "is an example too"
            ),
        ])
    func faults(semantic: String, path: String, message: String) throws {
        let (_, problems) = try read("{semantic: {\(semantic)}}")
        #expect(problems.map(\.severity) == [.error], "\(problems.map(\.description))")
        #expect(
            problems.first?.path.hasPrefix("gateway.routing.semantic.\(path)") == true, "\(problems.map(\.description))"
        )
        #expect(problems.first?.message.contains(message) == true, "\(problems.map(\.description))")
    }

    /// A list of texts that differ.
    private func texts(_ count: Int, _ word: String) -> String {
        "[" + (0..<count).map { "'\(word) \($0)'" }.joined(separator: ",") + "]"
    }

    @Test("examples have bounds: of one category, of all, and of each text", arguments: [false, true])
    func amounts(isOver: Bool) throws {
        let more = isOver ? 1 : 0
        let cases = [
            ("{a: {examples: \(texts(1_000 + more, "a"))}}", "at most 1000 texts, found 1001"),
            (
                "{a: {examples: \(texts(900, "a"))}, b: {examples: \(texts(900, "b")), "
                    + "negatives: \(texts(200 + more, "n"))}}",
                "at most 2000 examples and negatives in all, found 2001"
            ),
            ("{a: {examples: ['\(String(repeating: "x", count: 4_096 + more))']}}", "at most 4 KiB, found 4097 bytes"),
            (
                "{a: {description: '\(String(repeating: "码", count: 1_365))\(isOver ? "xx" : "x")'}}",
                "found 4097 bytes"
            ),
        ]
        for (categories, message) in cases {
            let (_, problems) = try read("{semantic: {categories: \(categories)}}")
            #expect(problems.count == more, "\(problems.map(\.description))")
            #expect(problems.allSatisfy { $0.severity == .error && $0.message.contains(message) }, "\(message)")
            #expect(problems.allSatisfy { $0.message.count < 200 }, "a long text is not repeated")
        }
    }

    @Test("an example of two categories is a warning at the second")
    func sharedExamples() throws {
        let (_, problems) = try read(
            "{semantic: {categories: {a: {examples: ['x', 'x']}, b: {examples: ['y', 'x']}}}}")
        #expect(problems.map(\.path) == ["gateway.routing.semantic.categories.b.examples[1]"])
        #expect(problems.first?.severity == .warning && problems.first?.message.contains("'a' too") == true)
    }
}
