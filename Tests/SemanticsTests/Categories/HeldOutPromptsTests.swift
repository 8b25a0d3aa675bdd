import Foundation
import Semantics
import Testing

/// Prompts that are no examples (`held-out.jsonl`), judged by the library as the default rules of chat and code use it.
@Suite("Prompts that nobody learnt")
struct HeldOutPromptsTests {
    struct Row: Decodable, Sendable {
        var text: String
        var category: String
        var language: String
    }

    static let chat = ["conversation", "qa", "general"]
    static let code = ["code", "programming", "debug"]
    static let rows = read("held-out.jsonl")
    /// Prompts of chat and code written when the library was finished; nothing was ever bettered after them.
    static let unseen = read("unseen.jsonl")

    static func read(_ name: String) -> [Row] {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(name)
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { try? JSONDecoder().decode(Row.self, from: Data($0.utf8)) }
    }
    static let routes = Learnt(CategoryPlan(named: chat + code))
    static let tasks = Learnt(CategoryPlan(named: CategoryPlanTests.tasks, purpose: .tasks))

    struct Learnt: Sendable {
        let plan: CategoryPlan
        let judge: Judge

        init(_ plan: CategoryPlan) {
            self.plan = plan
            judge = Judge(plan.categories)
        }

        /// The best category, and the sum of the probabilities of some.
        func judge(_ text: String, _ names: [String] = []) -> (best: String, sum: Float) {
            var text = text
            let scratch = JudgeScratch()
            let verdict = text.withUTF8 { judge.judge(UnsafeRawBufferPointer($0), scratch) }
            let sum = names.compactMap { plan.place(of: $0) }.reduce(0) { $0 + scratch.probabilities[$1] }
            return (verdict.best < 0 ? "" : judge.names[verdict.best], sum)
        }

        /// Where the default rules send it: chat from 0.82, code from 0.78.
        func route(_ text: String) -> String {
            if judge(text, chat).sum >= 0.82 { return "chat" }
            return judge(text, code).sum >= 0.78 ? "code" : "neither"
        }
    }

    @Test("are there, a dozen and more of each category and language, and none of them is an example")
    func areThere() {
        let counts = Dictionary(grouping: Self.rows) { "\($0.category) \($0.language)" }.mapValues(\.count)
        #expect(counts.count == 48)
        #expect(counts.values.allSatisfy { $0 >= 12 })
        #expect(Set(CategoryLibrary.builtIn.categories.flatMap(\.examples)).isDisjoint(with: Self.rows.map(\.text)))
    }

    @Test(
        "go where anyone would send them",
        arguments: [
            ("帮我写代码", "code"), ("今天天气怎么样", "chat"), ("fix this bug in my python function", "code"),
            ("hello, how are you?", "chat"), ("Generate an image of a cat on a bicycle", "neither"),
            ("你好", "chat"), ("Translate this sentence to Chinese", "neither"), ("写一个快速排序", "code"),
            ("画一只猫", "neither"), ("what is the capital of France?", "chat"),
        ])
    func goTheirWay(text: String, route: String) {
        #expect(Self.routes.route(text) == route)
    }

    @Test("pass the threshold of their rule, and hardly ever the other's", arguments: ["en", "zh"])
    func passThresholds(language: String) {
        let rows = Self.rows.filter { $0.language == language }
        var right = [0, 0]
        var all = [0, 0]
        var wrong = 0
        for row in rows {
            let isCode = (Self.code + ["code_generation"]).contains(row.category)
            guard isCode || Self.chat.contains(row.category) else { continue }
            let route = Self.routes.route(row.text)
            all[isCode ? 1 : 0] += 1
            if route == (isCode ? "code" : "chat") {
                right[isCode ? 1 : 0] += 1
            } else if route != "neither" {
                wrong += 1
            }
        }
        #expect(right[0] * 100 >= all[0] * 80, "chat: \(right[0]) of \(all[0])")
        #expect(right[1] * 100 >= all[1] * 85, "code: \(right[1]) of \(all[1])")
        #expect(wrong * 100 <= (all[0] + all[1]) * 2, "to the other rule: \(wrong) of \(all[0] + all[1])")
    }

    @Test("and that nothing was bettered after score highest where they belong, and never pass the other threshold")
    func unseenScoreRight() {
        #expect(Self.unseen.count == 80)
        var right = 0
        var passed = 0
        for row in Self.unseen {
            let sums = [Self.chat, Self.code].map { Self.routes.judge(row.text, $0).sum }
            if (sums[0] > sums[1]) == (row.category == "chat") { right += 1 }
            let route = Self.routes.route(row.text)
            #expect(route == row.category || route == "neither", "\(row.text)")
            if route == row.category { passed += 1 }
        }
        #expect(right >= 76, "\(right) of 80 score highest where they belong")
        #expect(passed >= 56, "\(passed) of 80 pass their threshold")
    }

    @Test("of anything else pass neither threshold", arguments: ["en", "zh"])
    func othersPassNone(language: String) {
        let related = Set(Self.chat + Self.code + ["code_generation", "search", "roleplay"])
        let rows = Self.rows.filter { $0.language == language && !related.contains($0.category) }
        let passed = rows.filter { Self.routes.route($0.text) != "neither" }
        #expect(passed.count * 100 <= rows.count * 7, "\(passed.map(\.text))")
    }

    @Test("find their kind of task", arguments: ["en", "zh"])
    func findTasks(language: String) {
        let rows = Self.rows.filter { $0.language == language && CategoryPlanTests.tasks.contains($0.category) }
        let right = rows.filter { Self.tasks.judge($0.text).best == $0.category }
        #expect(right.count * 100 >= rows.count * 85, "\(right.count) of \(rows.count)")
    }
}
