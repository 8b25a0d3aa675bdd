import Testing

@testable import Semantics

@Suite("Categories that no rule tells apart are judged as one")
struct GroupsTests {
    /// `code` in two parts that are alike, so that neither is sure by itself.
    static let categories: [CategoryExamples] = {
        let code = JudgeGolden.categories[0].examples
        let more = [
            "write a python program that sorts numbers", "\u{5E2E}\u{6211}\u{4FEE}\u{4EE3}\u{7801}",
            "fix this error in my program",
        ]
        return [CategoryExamples(name: "code", examples: code), CategoryExamples(name: "programming", examples: more)]
            + JudgeGolden.categories.dropFirst().map { CategoryExamples(name: $0.name, examples: $0.examples) }
    }()

    @Test("Without groups each category is its own, however the groups are numbered")
    func alone() {
        let judges = [nil, [0, 1, 2, 3], [7, 3, -1, 9], [0, 0]].map { Judge(Self.categories, groups: $0) }
        for row in FeatureGolden.rows {
            let said = judges.map { JudgeTests.judged($0, row.text).probabilities }
            #expect(said.allSatisfy { $0 == said[0] })
        }
    }

    @Test("A group's sum is surer than without it, and clear where none of its categories is")
    func together() {
        let (alone, grouped) = (Judge(Self.categories), Judge(Self.categories, groups: [0, 0, 1, 2]))
        let text = "write a python program"
        let before = JudgeTests.judged(alone, text)
        let after = JudgeTests.judged(grouped, text)
        #expect(after.probabilities[0] + after.probabilities[1] > before.probabilities[0] + before.probabilities[1])
        #expect(after.verdict.isClear)
        #expect(after.verdict.probability == after.probabilities.max())
    }

    @Test("Probabilities are at most 1 together, whatever the text and the groups", arguments: FeatureGolden.rows)
    func sums(row: FeatureGolden) {
        for groups in [[0, 0, 0, 0], [0, 0, 1, 1], [0, 1, 0, 2]] {
            let (verdict, probabilities) = JudgeTests.judged(Judge(Self.categories, groups: groups), row.text)
            #expect(probabilities.allSatisfy { $0 >= 0 && $0 <= 1.0001 })
            #expect(probabilities.reduce(0, +) <= 1.0001)
            #expect(probabilities[verdict.best] == verdict.probability)
        }
    }
}
