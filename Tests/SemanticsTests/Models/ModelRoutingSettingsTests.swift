import Semantics
import Settings
import Testing

@Suite("settings of model routing")
struct ModelRoutingSettingsTests {
    @Test("the owner's document is read as it stands")
    func owners() throws {
        let configuration = try ModelSections.loadOwners("model-routing")
        #expect(configuration.problems.isEmpty, "\(configuration.problems.map(\.description))")
        let settings = configuration.root.modelRouting
        #expect(settings.enabled && settings.isInForce && settings.threshold == 0.5)
        #expect(settings.defaultModel?.value == "gpt-4o-mini")
        #expect(
            settings.rules.map(\.name) == ["complex_reasoning", "simple_tasks", "chinese_content", "long_document"])
        #expect(settings.rules.map(\.model.value) == ["gpt-4o", "gpt-4o-mini", "deepseek-v3", "claude-3-5-sonnet"])
        let first = settings.rules[0].condition
        #expect(first.taskType.values.map(\.value) == ["code_generation", "analysis", "planning"])
        #expect(first.estimatedComplexity.values == [.high] && first.language.isEmpty && first.inputTokensGt == nil)
        #expect(settings.rules[2].condition.language.values == [.zh])
        #expect(settings.rules[3].condition.inputTokensGt == 50_000 && settings.rules[3].condition.taskType.isEmpty)
        #expect(
            settings.taskTypes == [
                "code_generation", "analysis", "planning", "classification", "extraction", "formatting", "writing",
                "translation",
            ])
    }

    @Test("nothing configured chooses nothing, and is no problem")
    func empty() {
        let configuration = ModelSections.load("{}")
        #expect(configuration.problems.isEmpty)
        #expect(configuration.root == ModelSections())
        #expect(!configuration.root.modelRouting.isInForce && !configuration.root.modelFallback.isInForce)
    }

    @Test("a rule, or a default, is enough; turned off is off")
    func inForce() {
        #expect(ModelSections.load("{modelRouting: {defaultModel: 'a'}}").root.modelRouting.isInForce)
        let rule = "rules: [{name: 'r', condition: {language: 'zh'}, model: 'a'}]"
        #expect(ModelSections.load("{modelRouting: {\(rule)}}").root.modelRouting.isInForce)
        #expect(!ModelSections.load("{modelRouting: {enabled: false, \(rule)}}").root.modelRouting.isInForce)
        #expect(
            ModelSections.problems("{modelRouting: {enabled: true}}") == [
                "warning gateway.modelRouting: chooses no model; expected rules, defaultModel, or both"
            ])
        #expect(ModelSections.problems("{modelRouting: {enabled: false}}").isEmpty)
    }

    @Test("every condition takes one value or a list of them")
    func lists() {
        let configuration = ModelSections.load(
            """
            {modelRouting: {rules: [{name: 'r', model: 'a', condition: {taskType: 'code', language: ['zh', 'JA'],
              estimatedComplexity: ['Low', 'medium'], inputTokensGt: 10, inputTokensLt: 12}}]}}
            """)
        #expect(configuration.problems.isEmpty, "\(configuration.problems.map(\.description))")
        let condition = configuration.root.modelRouting.rules[0].condition
        #expect(condition.taskType.values.map(\.value) == ["code"])
        #expect(condition.language.values == [.zh, .ja])
        #expect(condition.estimatedComplexity.values == [.low, .medium])
        #expect(condition.inputTokensGt == 10 && condition.inputTokensLt == 12)
    }

    @Test(
        "what is wrong with a rule is told with its place and what was expected",
        arguments: [
            (
                "{name: 'r', model: 'a'}",
                "error gateway.modelRouting.rules[0].condition: asks nothing; expected taskType"
            ),
            ("{name: 'r', model: 'a', condition: {}}", "rules[0].condition: asks nothing"),
            ("{name: 'r', model: 'a', condition: {taskType: []}}", "condition.taskType: must not be empty"),
            ("{name: 'r', model: 'a', condition: {taskType: ['a', '']}}", "found an empty string"),
            ("{name: 'r', model: 'a', condition: {language: []}}", "condition.language: must not be empty"),
            (
                "{name: 'r', model: 'a', condition: {language: 'zh-TW'}}",
                "language: expected a language without a region, found 'zh-TW'; write 'zh'"
            ),
            (
                "{name: 'r', model: 'a', condition: {language: 'Chinese'}}",
                "language: expected the code of a language, one of zh, "
            ),
            ("{name: 'r', model: 'a', condition: {language: ['zh', 'tlh-Latn']}}", "found string 'tlh-Latn'"),
            ("{name: 'r', model: 'a', condition: {language: 'unknown'}}", "found string 'unknown'"),
            ("{name: 'r', model: 'a', condition: {language: 1}}", "found number 1"),
            ("{name: 'r', model: 'a', condition: {estimatedComplexity: []}}", "estimatedComplexity: must not be empty"),
            (
                "{name: 'r', model: 'a', condition: {estimatedComplexity: 'hihg'}}",
                "no complexity 'hihg'; did you mean 'high'?"
            ),
            ("{name: 'r', model: 'a', condition: {inputTokensGt: -1}}", "inputTokensGt: expected 0 to"),
            (
                "{name: 'r', model: 'a', condition: {inputTokensGt: 10, inputTokensLt: 11}}",
                "no number is above 10 and below 11"
            ),
            (
                "{name: 'r', model: 'a', condition: {language: 'zh', tasktype: 'code'}}",
                "unknown key; did you mean 'taskType'?"
            ),
            ("{name: 'r', model: 'Auto', condition: {language: 'zh'}}", "model: 'Auto' is what asks for a choice"),
            ("{name: 'r', model: '', condition: {language: 'zh'}}", "model: must not be empty"),
            ("{name: 'r', condition: {language: 'zh'}}", "rules[0].model: is missing"),
            ("{model: 'a', condition: {language: 'zh'}}", "rules[0].name: is missing"),
        ])
    func wrongRules(_ rule: String, _ told: String) {
        let problems = ModelSections.problems("{modelRouting: {rules: [\(rule)]}}")
        #expect(problems.count == 1 && problems[0].hasPrefix("error"), "\(problems)")
        #expect(problems.first?.contains(told) == true, "\(problems)")
    }

    @Test(
        "what is wrong with the whole is told",
        arguments: [
            ("{threshold: 1.5}", "error gateway.modelRouting.threshold: expected 0 to 1, found 1.5"),
            ("{defaultModel: 'auto'}", "error gateway.modelRouting.defaultModel: 'auto' is what asks for a choice"),
            (
                """
                {rules: [{name: 'r', model: 'a', condition: {language: 'zh'}},
                  {name: 'r', model: 'b', condition: {language: 'en'}}]}
                """, "error gateway.modelRouting.rules[1].name: 'r' is taken"
            ),
        ])
    func wrong(_ text: String, _ told: String) {
        let problems = ModelSections.problems("{modelRouting: \(text)}")
        #expect(problems.contains { $0.hasPrefix(told) }, "\(problems)")
    }

    @Test("there may be as many rules as anybody oversees")
    func most() {
        func rules(_ count: Int) -> String {
            let rules = (0..<count).map { "{name: 'r\($0)', model: 'a', condition: {inputTokensGt: \(1000 - $0)}}" }
            return "{modelRouting: {rules: [\(rules.joined(separator: ","))]}}"
        }
        #expect(ModelSections.problems(rules(256)).isEmpty)
        #expect(
            ModelSections.problems(rules(257)) == [
                "error gateway.modelRouting.rules: expected at most 256 rules, found 257"
            ])
    }

    @Test(
        "a rule that never decides is warned of",
        arguments: [
            ("{language: 'zh'}", "{language: 'zh'}", true),
            ("{language: ['zh', 'JA']}", "{language: ['ja'], taskType: 'code'}", true),
            ("{taskType: ['a', 'b']}", "{taskType: ['b']}", true),
            ("{inputTokensGt: 10}", "{inputTokensGt: 10, inputTokensLt: 50}", true),
            ("{inputTokensLt: 50}", "{inputTokensGt: 10, inputTokensLt: 40}", true),
            ("{taskType: ['b']}", "{taskType: ['a', 'b']}", false),
            ("{language: 'zh'}", "{taskType: ['b']}", false),
            ("{inputTokensGt: 10}", "{inputTokensGt: 9}", false),
            ("{inputTokensLt: 10}", "{inputTokensLt: 11}", false),
            ("{estimatedComplexity: 'high'}", "{estimatedComplexity: ['high', 'low']}", false),
        ])
    func order(_ first: String, _ second: String, _ isHidden: Bool) {
        let problems = ModelSections.problems(
            """
            {modelRouting: {rules: [{name: 'wide', model: 'a', condition: \(first)},
              {name: 'narrow', model: 'b', condition: \(second)}]}}
            """)
        let told = "warning gateway.modelRouting.rules[1]: never decides: rule 'wide' stands before it"
        #expect(problems.count == (isHidden ? 1 : 0), "\(problems)")
        #expect(problems.allSatisfy { $0.hasPrefix(told) }, "\(problems)")
    }
}

@Suite("names that model routing uses are names that there are")
struct ModelNamesTests {
    private func check(_ condition: String, path: [String] = ["gateway", "modelRouting"]) -> [String] {
        let configuration = ModelSections.load(
            "{modelRouting: {rules: [{name: 'r', model: 'a', condition: \(condition)}]}}")
        #expect(configuration.problems.isEmpty, "\(configuration.problems.map(\.description))")
        var reading = Reading(path: path)
        configuration.root.modelRouting.checkTasks(
            categories: ["code_generation", "analysis", "our_tickets"], &reading)
        #expect(reading.path == path)
        return ModelSections.told(reading.problems)
    }

    @Test("the library's and the operator's own are known")
    func known() {
        #expect(check("{taskType: ['code_generation', 'our_tickets']}").isEmpty)
    }

    @Test(
        "others are errors, with the nearest",
        arguments: [
            (
                "{taskType: 'code_genration'}",
                "error gateway.modelRouting.rules[0].condition.taskType: no category 'code_genration'; "
                    + "did you mean 'code_generation'?"
            ),
            (
                "{taskType: ['analysis', 'Analysis']}",
                "error gateway.modelRouting.rules[0].condition.taskType[1]: no category 'Analysis'; "
                    + "did you mean 'analysis'?"
            ),
            (
                "{taskType: 'quux'}",
                "error gateway.modelRouting.rules[0].condition.taskType: no category 'quux'; "
                    + "own ones stand in routing.semantic.categories"
            ),
        ])
    func unknown(_ condition: String, _ told: String) {
        #expect(check(condition) == [told])
    }

    @Test("whoever reads names more generously says so")
    func generous() {
        let settings = ModelSections.load(
            "{modelRouting: {rules: [{name: 'r', model: 'a', condition: {taskType: ['Data Analysis', 'x']}}]}}"
        ).root.modelRouting
        var reading = Reading(path: [])
        settings.checkTasks(
            categories: ["data_analysis"], isKnown: { $0.lowercased() == "data analysis" }, &reading)
        #expect(reading.problems.map(\.message) == ["no category 'x'; own ones stand in routing.semantic.categories"])
    }

    @Test("models that no agent lists are warned of, unless some agent takes any")
    func models() throws {
        var owners = try ModelSections.loadOwners("model-routing").root
        owners.modelFallback = try ModelSections.loadOwners("model-fallback").root.modelFallback
        var reading = Reading(path: ["gateway", "modelRouting"])
        owners.modelRouting.checkModels(served: [], &reading)
        #expect(reading.problems.isEmpty)
        owners.modelRouting.checkModels(served: ["gpt-4o", "gpt-4o-mini", "claude-3-5-sonet"], &reading)
        #expect(
            ModelSections.told(reading.problems) == [
                "warning gateway.modelRouting.rules[2].model: no agent lists the model 'deepseek-v3'; "
                    + "add it to the models of those that serve it",
                "warning gateway.modelRouting.rules[3].model: no agent lists the model 'claude-3-5-sonnet'; "
                    + "did you mean 'claude-3-5-sonet'?",
            ])
        var further = Reading(path: ["gateway", "modelFallback"])
        owners.modelFallback.checkModels(served: ["claude-3-5-sonnet", "deepseek-v3"], &further)
        #expect(
            further.problems.map(\.path) == ["gateway.modelFallback.primary", "gateway.modelFallback.fallbackChain[2]"])
    }
}
