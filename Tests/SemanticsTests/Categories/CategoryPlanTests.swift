import Semantics
import Testing

@Suite("A plan of categories")
struct CategoryPlanTests {
    static let routes = ["conversation", "qa", "general", "code", "programming", "debug"]
    static let tasks = [
        "code_generation", "analysis", "planning", "classification", "extraction", "formatting", "writing",
        "translation",
    ]

    private func names(_ plan: CategoryPlan) -> [String] { plan.categories.map(\.name) }

    @Test("has what is named in front, and unlike categories behind")
    func backgroundStandsBehind() {
        let plan = CategoryPlan(named: Self.routes)
        #expect(Array(names(plan).prefix(6)) == Self.routes)
        #expect(plan.backgroundStart == 6)
        #expect(plan.isBackground(6) && !plan.isBackground(5))
        #expect(Set(names(plan).dropFirst(6)).isSuperset(of: ["image", "law", "health", "math", "translation"]))
        #expect(plan.problems.isEmpty)
    }

    @Test("has no unnamed category in the background that would take a named one's share")
    func leavesOutLikeOnes() {
        let all = Set(names(CategoryPlan(named: Self.routes)))
        #expect(all.isDisjoint(with: ["code_generation", "search", "roleplay"]))
        #expect(!names(CategoryPlan(named: ["writing"])).contains("summarisation"))
        #expect(!names(CategoryPlan(named: ["data analysis"])).contains("analysis"))
        #expect(names(CategoryPlan(named: ["debug"])).contains("code"))
    }

    @Test("counts the examples of an unnamed part for the whole")
    func absorbsParts() throws {
        let plan = CategoryPlan(named: ["code"])
        let bugs = try #require(CategoryLibrary.builtIn.category(named: "debug"))
        #expect(!names(plan).contains("debug"))
        #expect(!Set(plan.categories[0].examples).isDisjoint(with: bugs.examples))
        let both = CategoryPlan(named: ["code", "debug"])
        #expect(Set(both.categories[0].examples).isDisjoint(with: bugs.examples))
    }

    @Test("for tasks has no topic in the background, unless it is named")
    func tasksHaveNoTopics() {
        let plan = CategoryPlan(named: Self.tasks, purpose: .tasks)
        #expect(Set(names(plan)).isDisjoint(with: ["law", "health", "finance", "operations", "code", "data analysis"]))
        #expect(Set(names(plan)).isSuperset(of: ["conversation", "qa", "math"]))
        #expect(names(CategoryPlan(named: ["law"], purpose: .tasks)).first == "law")
    }

    @Test("keeps to its bound, and is the same every time", arguments: [500, 700, 1000])
    func keepsBounds(all: Int) {
        var bounds = CategoryBounds()
        bounds.all = all
        for named in [Self.routes, Self.tasks, ["code"], []] {
            let plan = CategoryPlan(named: named, bounds: bounds)
            #expect(plan.categories.reduce(0) { $0 + $1.examples.count } <= all)
            #expect(plan.categories.allSatisfy { $0.examples.count >= 8 })
            #expect(CategoryPlan(named: named, bounds: bounds).categories == plan.categories)
        }
    }

    @Test("knows one category by all its spellings, as one")
    func placesNames() {
        let plan = CategoryPlan(named: ["data-analysis", "Data Analysis", "summarization"])
        #expect(plan.backgroundStart == 2)
        #expect(plan.place(of: "DATA_ANALYSIS") == 0)
        #expect(plan.place(of: "summarization") == 1)
        #expect(plan.place(of: "law") == nil)
    }

    @Test("takes an own category in the place of the library's")
    func ownReplaces() throws {
        let own = [OwnCategory(name: "Code", examples: ["bake a loaf"], negatives: ["bake a cake"])]
        let plan = CategoryPlan(named: ["code", "qa"], own: own)
        let expected = CategoryExamples(name: "Code", examples: ["bake a loaf"], negatives: ["bake a cake"])
        #expect(plan.categories[0] == expected)
        #expect(plan.place(of: "code") == 0)
        #expect(Set(names(plan)).isDisjoint(with: ["code", "debug"]))
        let alias = CategoryPlan(named: ["health"], own: [OwnCategory(name: "medical", examples: ["my arm hurts"])])
        #expect(alias.place(of: "health") == 0)
        #expect(alias.backgroundStart == 1)
    }

    @Test("learns a category that has only a description from its name, its sentences and their parts")
    func describes() {
        let text = "Invoices, refunds and late fees. Also node.js 3.5!"
        let own = OwnCategory(name: "late-billing", description: text)
        #expect(
            own.texts == [
                "late billing", "Invoices, refunds and late fees", "Also node.js 3.5", "Invoices",
                "refunds and late fees",
            ])
        #expect(OwnCategory(name: "a", examples: ["x"], description: text).texts == ["x"])
        #expect(OwnCategory(name: "茶", description: "泡茶、喝茶。").texts == ["茶", "泡茶、喝茶", "泡茶", "喝茶"])
    }

    @Test("adds negatives to the library's category where nothing else is given")
    func addsNegatives() {
        let plan = CategoryPlan(named: ["code"], own: [OwnCategory(name: "code", negatives: ["dress code"])])
        #expect(plan.categories[0].negatives == ["dress code"])
        #expect(plan.categories[0].examples.count > 20)
    }

    @Test("has no background that an own category resembles")
    func dropsWhatOwnResembles() {
        let clinic = OwnCategory(
            name: "clinic",
            examples: [
                "my knee is swollen since yesterday", "which pills help with migraine?", "I have a fever and a cough",
                "is this rash contagious", "side effects of aspirin", "what does a high blood pressure mean",
            ])
        let plan = CategoryPlan(named: ["clinic"], own: [clinic])
        #expect(!names(plan).contains("health"))
        #expect(names(plan).contains("law"))
        let pottery = OwnCategory(name: "pottery", examples: ["glaze the bowl", "the kiln is too hot", "throw a vase"])
        #expect(names(CategoryPlan(named: ["pottery"], own: [pottery])).contains("health"))
    }

    @Test("reports names that nobody knows, once, and own categories with nothing to learn from")
    func reports() {
        let plan = CategoryPlan(
            named: ["plannng", "xyzzy", "xyzzy", "empty"],
            own: [
                OwnCategory(name: "empty", description: " "), OwnCategory(name: "tea", examples: ["a"]),
                OwnCategory(name: "Tea", examples: ["b"]),
            ])
        #expect(plan.problems.map(\.category) == ["empty", "Tea", "plannng", "xyzzy"])
        #expect(plan.problems[2].message == "no category 'plannng'; did you mean 'planning'?")
        #expect(plan.problems[3].message.hasPrefix("no category 'xyzzy'; expected "))
    }

    @Test("takes own examples evenly from all over where they are too many")
    func boundsOwn() {
        var bounds = CategoryBounds()
        bounds.own = 50
        let many = OwnCategory(name: "many", examples: (0..<90).map { "number \($0)" })
        let few = OwnCategory(name: "few", examples: (0..<10).map { "letter \($0)" })
        let plan = CategoryPlan(named: [], own: [many, few], bounds: bounds)
        #expect(plan.categories[0].examples.count == 45)
        #expect(plan.categories[0].examples[1] == "number 2")
        #expect(plan.categories[1].examples.count == 5)
    }

    @Test("groups categories that the same rules name")
    func groups() {
        let plan = CategoryPlan(named: Self.routes)
        let groups = plan.groups(rules: [["conversation", "qa", "general"], ["code", "programming", "debug"]])
        #expect(Array(groups.prefix(8)) == [0, 0, 0, 1, 1, 1, 2, 3])
        #expect(Array(plan.groups(rules: [["qa", "code"], ["qa"]]).prefix(4)) == [0, 1, 2, 3])
    }

    @Test("takes for tasks only those own categories that are named")
    func tasks() {
        let own = [
            OwnCategory(name: "tea", examples: ["a cup of tea"]), OwnCategory(name: "my-task", examples: ["do my task"]),
            OwnCategory(name: "translation", examples: ["translate this", "say it in French"]),
        ]
        let plan = CategoryPlan(named: ["My Task", "translate"], own: own, purpose: .tasks)
        #expect(Array(names(plan).prefix(plan.backgroundStart)) == ["my-task", "translation"])
        #expect(plan.place(of: "tea") == nil)
        #expect(CategoryPlan(named: ["my-task"], own: own).place(of: "tea") == 0)
    }
}
