@testable import Proxy
import Settings
import Testing

@Suite("texts are judged by the semantic rules of a configuration where no proxy runs")
struct OfflineMeaningTests {
    private static let rules = """
        {routing: {default: 'a',
          semantic: {categories: {'our builds': {examples: [
            'why did the nightly build fail', 'rerun the pipeline of yesterday', 'the build is red again',
            'who broke the build of the release branch', 'restart the failed pipeline']}}},
          rules: [
            {name: 'coding', match: {type: 'semantic', categories: ['code', 'debug'], threshold: 0.3}, target: 'a'},
            {name: 'builds', match: {type: 'semantic', categories: ['our builds'], threshold: 0.3}, target: 'a'},
            {name: 'files', match: {type: 'prefix', pattern: '/files'}, target: 'a'}]}}
        """

    private func meaning(_ text: String = rules) throws -> OfflineMeaning {
        let loaded = Configuration<GatewaySettings>.load(
            Inputs(configFiles: ["test.json5"]) { $0 == "test.json5" ? .bytes(Array(text.utf8)) : .missing })
        try #require(loaded.isValid, "\(loaded.problems.map(\.description))")
        return try OfflineMeaning(loaded.root, asksTiers: true)
    }

    private func decide(_ text: String, _ meaning: OfflineMeaning) throws -> OfflineDecision {
        try meaning.decide(Array(text.utf8))
    }

    @Test("a text goes to the rule with the highest score that reaches its threshold")
    func rules() throws {
        let meaning = try meaning()
        #expect(meaning.rules.map(\.name) == ["coding", "builds"] && !meaning.isLibrary)
        #expect(try decide("写一个 Python 函数，反转链表", meaning).route == "coding")
        let build = try decide("the nightly build fails, why?", meaning)
        #expect(build.route == "builds" && build.tier == "builtin" && build.score >= 0.3)
        let other = try decide("translate this sentence into French", meaning)
        #expect(other.route == nil && other.score < 0.3 && other.score == other.scores.max())
    }

    @Test("what is printed has the members that were promised, and the likeliest categories where they are asked for")
    func printed() throws {
        let decision = try decide("fix this stack trace", meaning())
        #expect(decision.node().members?.map(\.name) == ["route", "score", "tier"])
        let categories = try #require(decision.node(likeliest: 3)["categories"]?.elements)
        #expect(categories.count == 3 && categories[0]["name"]?.string == decision.categories.first?.name)
        #expect(try decide("  ", meaning()).node().json == "{\"route\": null, \"score\": 0.0, \"tier\": \"none\"}")
    }

    @Test("without semantic rules the library's categories stand for them, and the operator's own")
    func library() throws {
        let meaning = try meaning(
            "{routing: {semantic: {categories: {'our builds': {examples: ['why did the nightly build fail', 'rerun the pipeline']}}}}}"
        )
        #expect(meaning.isLibrary)
        let names = meaning.rules.map(\.name)
        #expect(names.first == "our builds" && names.contains("code") && names.contains("translation"))
        #expect(!names.contains("debug"), "it is a part of code")
        #expect(try decide("帮我写代码", meaning).route == "code")
        #expect(try decide("把这句话翻译成英文", meaning).route == "translation")
    }

    @Test(
        "a line of JSON is read as a body, any other as it stands",
        arguments: [
            ("{\"text\": \"a\", \"message\": \"b\"}", "a"), ("{\"message\": \"b\"}", "b"),
            (
                "{\"messages\": [{\"role\": \"user\", \"content\": \"c\"}, {\"role\": \"assistant\", \"content\": \"d\"}]}",
                "c"
            ),
            ("{\"other\": \"e\"}", "{\"other\": \"e\"}"), ("{ if (x) return", "{ if (x) return"), ("plain", "plain"),
            ("  {\"text\": \"\\u4f60\"} ", "你"),
        ])
    func lines(line: String, text: String) throws {
        let found = try meaning().text(of: Array(line.utf8))
        #expect(String(decoding: found, as: UTF8.self) == text)
    }

    @Test("rows are a rule's by its name, by a category that it names, or by one that is part of that")
    func classes() throws {
        let classes = RowClasses(try meaning().rules)
        func takers(_ route: String?, _ label: String? = nil) -> Set<Int>? {
            classes.takers(of: LabelledRow(line: 1, text: "", label: label, route: route))
        }
        #expect(takers("coding") == [0] && takers("Our-Builds") == [1] && takers("x", "builds") == [1])
        #expect(takers("code") == [0])
        #expect(takers("写代码") == [0] && takers("programming") == [0], "no rule names it, and it is part of code")
        #expect(takers("translation") == nil && takers("oos") == nil && takers(nil) == nil)
    }

    @Test("the patch has the rules whose thresholds change, by their names")
    func tuning() throws {
        let meaning = try meaning(Self.rules.replacing("threshold: 0.3", with: "threshold: 0.999"))
        let texts = [
            ("coding", "write a function that reverses a linked list"),
            ("coding", "fix the null pointer in this class"),
            ("builds", "why is the nightly build red"), ("builds", "rerun the pipeline of today"),
            ("oos", "what is the capital of France"), ("weather", "will it rain tomorrow in Berlin"),
        ]
        let rows = texts.enumerated().map { LabelledRow(line: $0 + 1, text: $1.1, route: $1.0) }
        let tuning = try SemanticTuning(rows, meaning, precision: nil)
        #expect(tuning.rows.map(\.name) == ["coding", "builds"] && tuning.strangers == ["weather": 1])
        #expect(tuning.rightBefore == 2 && tuning.rightAfter > 2 && tuning.texts == 6)
        let patched = try #require(tuning.patch["routing"]?["rules"]?.elements)
        #expect(patched.compactMap { $0["name"]?.string } == tuning.rows.filter(\.isChanged).map(\.name))
        #expect(patched.allSatisfy { $0["match"]?["threshold"] != nil })
        let fault = #expect(throws: SemanticFault.self) {
            try SemanticTuning([LabelledRow(line: 1, text: "a", route: "codin")], meaning, precision: nil)
        }
        #expect(fault?.description.contains("did you mean 'coding'") == true, "\(fault?.description ?? "")")
    }
}
