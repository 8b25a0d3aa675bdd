import Semantics
import Testing

@Suite("The category library")
struct CategoryLibraryTests {
    let library = CategoryLibrary.builtIn

    @Test("is built in, and holds what the documentation names")
    func holdsAll() {
        let expected = [
            "conversation", "qa", "general", "code", "programming", "debug", "data analysis", "math", "translation",
            "writing", "summarisation", "extraction", "planning", "search", "image", "roleplay", "law", "health",
            "finance", "operations", "code_generation", "analysis", "classification", "formatting",
        ]
        #expect(Set(library.names) == Set(expected))
    }

    @Test("has at least 25 examples of each language for every category, none twice, none blank")
    func isWellFilled() {
        for category in library.categories {
            #expect(category.english.count >= 25, "\(category.name)")
            #expect(category.chinese.count >= 25, "\(category.name)")
            #expect(!category.description.isEmpty, "\(category.name)")
        }
        let all = library.categories.flatMap(\.examples)
        #expect(Set(all).count == all.count)
        #expect(all.allSatisfy { $0.contains { !$0.isWhitespace } })
    }

    @Test(
        "finds a category by its name and aliases in any spelling",
        arguments: [
            ("data analysis", "data analysis"), ("data-analysis", "data analysis"), ("DataAnalysis", "data analysis"),
            ("data_analysis", "data analysis"), ("数据分析", "data analysis"), ("summarization", "summarisation"),
            ("code-generation", "code_generation"), ("CODE", "code"), ("代码", "code"), ("debugging", "debug"),
            ("Role-Play", "roleplay"), ("q&a", "qa"), ("medical", "health"),
        ])
    func folds(spelling: String, name: String) {
        #expect(library.category(named: spelling)?.name == name)
    }

    @Test("says which name was probably meant", arguments: [("plannng", "planning"), ("summarizaton", "summarisation")])
    func hints(word: String, name: String) {
        #expect(library.category(named: word) == nil)
        #expect(library.hint(for: word) == "; did you mean '\(name)'?")
    }

    @Test("gives half of each language, the first ones")
    func givesHalves() throws {
        let category = try #require(library.category(named: "code"))
        let some = category.examples(atMost: 11)
        #expect(some == Array(category.english.prefix(6)) + Array(category.chinese.prefix(5)))
        #expect(category.examples(atMost: 10_000) == category.examples)
        #expect(category.examples(atMost: 0).isEmpty)
    }

    @Test("reads escapes, comments and statements")
    func readsText() throws {
        let text = """
            # a comment
            @category tea time
            @kind topic
            @aliases brewing, 泡茶
            @en
            steep it\\nfor\\tlong \\\\ \\#
            \\@home with a pot
            @zh
            怎么泡茶
            """
        let library = try CategoryLibrary(text: text)
        let category = try #require(library.category(named: "泡茶"))
        #expect(category.name == "tea time")
        #expect(category.kind == .topic)
        #expect(category.english == ["steep it\nfor\tlong \\ #", "@home with a pot"])
        #expect(category.chinese == ["怎么泡茶"])
    }

    @Test(
        "refuses a text that is not of its form, and names the line",
        arguments: [
            ("@category a\nfoo", 2), ("@family x", 1), ("@category", 1), ("@category a\n@kind thing", 2),
            ("@category a\n@fr", 2), ("@category a\n@en\nx\\q", 3), ("@category a\n@en\nx\\", 3),
            ("@category a\n@part-of b", 2), ("@category a\n@aliases b\n@category B", 3),
        ])
    func refuses(text: String, line: Int) {
        let fault = #expect(throws: CategoryTextFault.self) { try CategoryLibrary(text: text) }
        #expect(fault?.line == line)
    }
}
