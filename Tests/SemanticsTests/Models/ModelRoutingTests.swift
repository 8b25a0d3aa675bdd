import Semantics
import Settings
import Testing

@Suite("model routing: the first rule that holds wins")
struct ModelRoutingTests {
    private static let names = [
        "code_generation", "analysis", "planning", "classification", "extraction", "formatting", "writing",
        "translation",
    ]

    private func routing(_ settings: ModelRoutingSettings) throws -> ModelRouting {
        try #require(ModelRouting(settings) { Self.names.firstIndex(of: $0) })
    }

    private func routing(_ text: String) throws -> ModelRouting {
        try routing(ModelSections.load("{modelRouting: \(text)}").root.modelRouting)
    }

    /// The owner's categories, of which the named ones have these probabilities.
    private static func facts(
        _ given: [String: Float], _ complexity: Complexity = .medium, _ language: Language = .en,
        _ tokens: Int = 100
    ) -> GivenFacts {
        GivenFacts(names.map { given[$0] ?? 0 }, complexity: complexity, language: language, tokens: tokens)
    }

    static let table: [(GivenFacts, String, String?)] = [
        (facts(["code_generation": 0.9], .high), "gpt-4o", "complex_reasoning"),
        // all kinds of a rule count together
        (facts(["code_generation": 0.2, "analysis": 0.2, "planning": 0.2], .high), "gpt-4o", "complex_reasoning"),
        (facts(["code_generation": 0.9], .medium), "gpt-4o-mini", nil),
        (facts(["code_generation": 0.45], .high), "gpt-4o-mini", nil),
        (facts(["extraction": 0.7], .low), "gpt-4o-mini", "simple_tasks"),
        (facts(["writing": 0.3, "translation": 0.3], .low, .zh), "deepseek-v3", "chinese_content"),
        (facts(["writing": 0.6], .low, .en), "gpt-4o-mini", nil),
        (facts([:], .low, .en, 50_001), "claude-3-5-sonnet", "long_document"),
        (facts([:], .low, .en, 50_000), "gpt-4o-mini", nil),
        // the order written decides where several hold
        (facts(["writing": 0.9], .low, .zh, 80_000), "deepseek-v3", "chinese_content"),
        (facts(["analysis": 0.9], .high, .zh, 80_000), "gpt-4o", "complex_reasoning"),
    ]

    @Test("the owner's rules choose what they say", arguments: table)
    func owners(_ facts: GivenFacts, _ model: String, _ rule: String?) throws {
        let routing = try routing(ModelSections.loadOwners("model-routing").root.modelRouting)
        var asked = facts
        #expect(routing.choose(&asked) == ModelChoice(model: model, rule: rule))
    }

    @Test("explain tells the same choice, and of one row alone that it decides", arguments: table)
    func explained(_ facts: GivenFacts, _ model: String, _ rule: String?) throws {
        let routing = try routing(ModelSections.loadOwners("model-routing").root.modelRouting)
        var asked = facts
        let rows = routing.explain(&asked)
        #expect(rows.count == 5 && rows.last?.rule == nil && rows.last?.model == "gpt-4o-mini")
        let deciding = rows.filter(\.decides)
        #expect(deciding.map(\.model) == [model] && deciding.map(\.rule) == [rule])
        #expect(rows.dropLast().allSatisfy { $0.holds == $0.findings.allSatisfy(\.holds) })
    }

    @Test("explain says of every condition what was found")
    func reasons() throws {
        let routing = try routing(ModelSections.loadOwners("model-routing").root.modelRouting)
        var facts = Self.facts(["analysis": 0.25, "writing": 0.625], .high, .zh, 61_234)
        let rows = routing.explain(&facts)
        #expect(
            rows.map { row in row.findings.map { "\($0.key) \($0.holds ? "yes" : "no"): \($0.because)" } } == [
                [
                    "taskType no: code_generation, analysis or planning: 0.250, below 0.5",
                    "estimatedComplexity yes: high",
                ],
                [
                    "taskType no: classification, extraction or formatting: 0.000, below 0.5",
                    "estimatedComplexity no: high, not low",
                ],
                ["taskType yes: writing or translation: 0.625, at least 0.5", "language yes: zh"],
                ["inputTokensGt yes: 61234 tokens, more than 50000"],
                [],
            ])
        #expect(rows.map(\.holds) == [false, false, true, true, true])
        #expect(rows.map(\.decides) == [false, false, true, false, false])
    }

    @Test("without a default, what no rule takes stays as it is")
    func noDefault() throws {
        let routing = try routing("{rules: [{name: 'r', model: 'a', condition: {inputTokensLt: 10}}]}")
        var long = GivenFacts(tokens: 10)
        var short = GivenFacts(tokens: 9)
        #expect(routing.choose(&long) == nil)
        #expect(routing.choose(&short) == ModelChoice(model: "a", rule: "r"))
        let rows = routing.explain(&long)
        #expect(rows.map(\.decides) == [false])
        #expect(rows[0].findings.map(\.because) == ["10 tokens, not fewer than 10"])
    }

    @Test("a default alone is chosen without any look at the text")
    func defaultAlone() throws {
        let routing = try routing("{defaultModel: 'a'}")
        var facts = GivenFacts()
        #expect(routing.choose(&facts) == ModelChoice(model: "a", rule: nil))
        #expect(facts.asked.isEmpty && !routing.judgesTasks)
    }

    @Test("what is turned off, or says nothing, is no routing at all")
    func off() throws {
        var settings = try ModelSections.loadOwners("model-routing").root.modelRouting
        settings.enabled = false
        #expect(ModelRouting(settings) { _ in 0 } == nil)
        #expect(ModelRouting(ModelRoutingSettings()) { _ in 0 } == nil)
    }

    @Test("the threshold is reached where the sum is equal to it")
    func threshold() throws {
        let routing = try routing(
            "{threshold: 0.82, rules: [{name: 'r', model: 'a', condition: {taskType: 'analysis'}}]}")
        var equal = Self.facts(["analysis": 0.82])
        var below = Self.facts(["analysis": 0.8199])
        #expect(routing.choose(&equal)?.rule == "r")
        #expect(routing.choose(&below) == nil)
        var nothing = Self.facts(["analysis": .nan])
        #expect(routing.choose(&nothing) == nil)
    }

    @Test("a kind of task that no category has never holds, and one that is named twice counts once")
    func places() throws {
        let unknown = try routing("{threshold: 0, rules: [{name: 'r', model: 'a', condition: {taskType: 'quux'}}]}")
        var facts = Self.facts(["analysis": 0.4])
        #expect(unknown.choose(&facts) == nil && !unknown.judgesTasks)
        #expect(unknown.explain(&facts).map(\.holds) == [false])
        let twice = try routing("{rules: [{name: 'r', model: 'a', condition: {taskType: ['analysis', 'analysis']}}]}")
        #expect(twice.choose(&facts) == nil && twice.judgesTasks)
    }

    @Test("languages go by their codes in any case")
    func languages() throws {
        let routing = try routing("{rules: [{name: 'r', model: 'a', condition: {language: ['JA', 'zh']}}]}")
        for (language, rule) in [(.ja, "r"), (.zh, "r"), (.en, nil), (.unknown, nil)] as [(Language, String?)] {
            var facts = GivenFacts(language: language)
            #expect(routing.choose(&facts)?.rule == rule, "\(language)")
        }
    }

    @Test("texts are judged only where all else of a rule holds, and nothing behind the rule that wins")
    func lazily() throws {
        let routing = try routing(
            """
            {rules: [
              {name: 'one', model: 'a', condition: {taskType: 'analysis', language: 'zh', estimatedComplexity: 'high',
                inputTokensGt: 1000}},
              {name: 'two', model: 'b', condition: {language: 'en'}},
              {name: 'three', model: 'c', condition: {taskType: 'planning'}}]}
            """)
        var english = Self.facts(["analysis": 1], .high, .en, 5000)
        #expect(routing.choose(&english)?.rule == "two")
        #expect(english.asked == ["inputTokens", "language", "language"])
        var chinese = Self.facts(["analysis": 1], .high, .zh, 5000)
        #expect(routing.choose(&chinese)?.rule == "one")
        #expect(chinese.asked == ["inputTokens", "language", "complexity", "probability"])
    }
}

@Suite("which bodies leave the model to the proxy")
struct ModelNameTests {
    @Test(
        "those without one, and those that say auto",
        arguments: [
            (nil, true), ("auto", true), ("AUTO", true), ("Auto", true), ("", false), ("aut", false), ("autos", false),
            ("gpt-4o", false), ("openrouter/auto", false), (" auto", false), ("aut/", false), ("AUT\u{4F}", true),
        ] as [(String?, Bool)])
    func choice(_ model: String?, _ isLeft: Bool) {
        #expect(ModelName.leavesChoice(model.map { Array($0.utf8) }) == isLeft)
    }
}
