@testable import Proxy
import Semantics
import Testing

@Suite("trials learn a part of the rows and ask the rest")
struct SemanticTrialsTests {
    private static let words = [
        "cook": ["soup", "bread", "noodles", "rice", "salad", "cake", "curry", "stew"],
        "drive": ["car", "truck", "bus", "van", "lorry", "taxi", "jeep", "tram"],
    ]

    private static let rows: [LabelledRow] = {
        var rows: [LabelledRow] = []
        for (name, words) in words.sorted(by: { $0.key < $1.key }) {
            for word in words {
                rows.append(
                    LabelledRow(line: rows.count + 1, text: "how do I \(name) a \(word)", route: name, language: "en"))
                rows.append(
                    LabelledRow(line: rows.count + 1, text: "\(name) 一个 \(word) 怎么办", route: name, language: "zh"))
            }
        }
        for text in ["the moon is bright", "sell my shares", "月亮很亮"] {
            rows.append(LabelledRow(line: rows.count + 1, text: text, route: "oos", language: "en"))
        }
        return rows
    }()

    private func run(_ change: (inout SemanticTrials.Question) -> Void) throws -> SemanticTrials {
        var question = SemanticTrials.Question(Self.rows)
        question.count = 4
        change(&question)
        return try SemanticTrials(question)
    }

    @Test("K of each class are learnt, at most half of it; the unknown never are, and all others are asked")
    func split() throws {
        let trials = try run { _ in }
        #expect(trials.learnt == 8 && trials.figures.known == 24 && trials.figures.unknown == 3)
        #expect(try run { $0.count = 100 }.learnt == 16)
        #expect(trials.confusion.names == ["cook", "drive"])
        #expect(trials.confusion.table.joined().reduce(0, +) == 24)
    }

    @Test("figures are those of the decisions, and the mean over the seeds")
    func figures() throws {
        let one = try run { $0.seeds = [1] }
        let two = try run { $0.seeds = [2] }
        let both = try run { $0.seeds = [1, 2] }
        let accuracy = try #require(one.figures.accuracy)
        let right = one.confusion.table[0][0] + one.confusion.table[1][1]
        #expect(accuracy == Double(right) / 24)
        #expect(both.accuracies == [accuracy, try #require(two.figures.accuracy)])
        #expect(both.figures.accuracy == both.accuracies.reduce(0, +) / 2)
        #expect(both.figures.known == 48 && both.confusion.table.joined().reduce(0, +) == 48)
        #expect(try run { $0.seeds = [1] }.figures == one.figures, "the same seed, the same figures")
        let times = try #require(one.times)
        #expect(times.median > 0 && times.p99 >= times.median && times.mean > 0)
    }

    @Test("each language has a row where there are several, of the same texts")
    func languages() throws {
        let trials = try run { _ in }
        #expect(trials.languages.map(\.name) == ["en", "zh"])
        #expect(trials.languages.reduce(0) { $0 + $1.figures.known } == 24)
        #expect(trials.languages.map(\.figures.unknown) == [3, 0])
        #expect(trials.languages[1].figures.auroc == nil)
        #expect(try run { $0.rows = Self.rows.filter { $0.language == "en" } }.languages.isEmpty)
    }

    @Test("examples of another file are learnt, all or K of each, and classes that they lack are unknown")
    func examples() throws {
        let cooking = Self.rows.filter { $0.route == "cook" }
        let trials = try run {
            $0.examples = cooking
            $0.count = nil
        }
        #expect(trials.learnt == 16 && trials.figures.known == 16 && trials.figures.unknown == 19)
        #expect(trials.unlearnt == ["drive": 16])
        #expect(try run { $0.examples = cooking }.learnt == 4)
    }

    @Test("what there is nothing of is not made up")
    func nothing() throws {
        let trials = try run { $0.rows = Self.rows.filter { $0.route != "oos" } }
        #expect(trials.figures.auroc == nil && trials.figures.accuracy != nil)
        let unknown = try run {
            $0.examples = Self.rows
            $0.rows = Self.rows.filter { $0.route == "oos" }
        }
        #expect(unknown.figures.accuracy == nil && unknown.figures.calibrationError == nil)
    }

    @Test("an encoder that is not there is told by its directory")
    func noEncoder() {
        let fault = #expect(throws: SemanticFault.self) { try run { $0.tier = "/nowhere/model" } }
        #expect(fault?.description.contains("/nowhere/model") == true)
    }

    @Test("the pairs that were confused most come first, with how many were asked")
    func worst() {
        let answers = [(0, 1), (0, 1), (0, 0), (1, 0), (1, 1), (2, 2)].map { asked, said in
            TrialAnswer(
                text: "", category: asked, language: "",
                verdict: Verdict(best: said, probability: 1, isClear: true))
        }
        let confusion = TrialConfusion(answers, names: ["a", "b", "c"])
        #expect(confusion.table == [[1, 2, 0], [1, 1, 0], [0, 0, 1]])
        #expect(confusion.worst(1) == [.init(asked: "a", said: "b", count: 2, total: 3)])
        #expect(confusion.worst(9).count == 2)
    }

    @Test("a class of one row is never learnt: it is told, and counts as unknown")
    func single() throws {
        let trials = try run { $0.rows.append(LabelledRow(line: 99, text: "paint a wall", route: "paint", language: "en")) }
        #expect(trials.unlearnt == ["paint": 1])
        #expect(trials.figures.known == 24 && trials.figures.unknown == 4)
        #expect(trials.confusion.names == ["cook", "drive"])
    }

    @Test("99 of a hundred decisions were as quick as is said, half of two as the quicker one")
    func percentiles() {
        let hundred = DecisionTimes(nanoseconds: (1...100).map { $0 * 1000 })
        #expect(hundred?.p99 == 99 && hundred?.median == 50)
        let two = DecisionTimes(nanoseconds: [3000, 1000])
        #expect(two?.p99 == 3 && two?.median == 1 && two?.mean == 2)
        #expect(DecisionTimes(nanoseconds: [])?.mean == nil)
    }
}
