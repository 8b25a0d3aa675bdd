import Testing

@testable import Semantics

@Suite("Decisions are measured as the figures say")
struct EvaluationTests {
    @Test("The generator is SplitMix64")
    func generator() {
        var numbers = SplitMix64(seed: 1_234_567)
        let expected: [UInt64] = [
            6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
            4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
        ]
        #expect((0..<5).map { _ in numbers.next() } == expected)
    }

    @Test("An order has every place once, and a seed has one order", arguments: [0, 1, 2, 17, 100])
    func order(count: Int) {
        let order = SplitMix64.order(of: count, seed: 3)
        #expect(order.sorted() == Array(0..<count))
        #expect(order == SplitMix64.order(of: count, seed: 3))
        if count > 10 { #expect(order != SplitMix64.order(of: count, seed: 4)) }
    }

    static let rows =
        (0..<10).map { LabelledText(text: "a\($0)", label: "a") }
        + (0..<5).map { LabelledText(text: "b\($0)", label: "b") }
        + [LabelledText(text: "x", label: "oos"), LabelledText(text: "y", label: "none")]

    @Test("At most K and at most half of a label are learnt, the rest and all unknown are asked")
    func split() {
        let split = EvaluationSplit(Self.rows, perCategory: 3, seed: 1)
        #expect(split.categories.map(\.name) == ["a", "b"])
        #expect(split.categories.map(\.examples.count) == [3, 2])
        #expect(split.known.count == 10)
        #expect(Set(split.unknown) == ["x", "y"])
        let learnt = Set(split.categories.flatMap(\.examples))
        #expect(learnt.isDisjoint(with: split.known.map(\.text)))
        #expect(learnt.union(split.known.map(\.text)).count == 15)
        #expect(split.known.allSatisfy { $0.text.hasPrefix(split.categories[$0.category].name) })
        #expect(split == EvaluationSplit(Self.rows, perCategory: 3, seed: 1))
        #expect(split != EvaluationSplit(Self.rows, perCategory: 3, seed: 2))
    }

    @Test("With examples from elsewhere all rows are asked, and labels that none has are unknown")
    func elsewhere() {
        let split = EvaluationSplit(Self.rows, categories: [CategoryExamples(name: "b", examples: ["b"])])
        #expect(split.known.count == 5)
        #expect(split.unknown.count == 12)
    }

    @Test("Known above unknown is counted by pairs, equal ones half")
    func auroc() {
        #expect(Evaluation.auroc([0.9, 0.8], [0.1, 0.2]) == 1)
        #expect(Evaluation.auroc([0.1, 0.2], [0.9, 0.8]) == 0)
        #expect(Evaluation.auroc([0.5, 0.5], [0.5]) == 0.5)
        #expect(Evaluation.auroc([0.9, 0.3], [0.5, 0.3]) == 0.625)
        #expect(Evaluation.auroc([0.9], []) == nil)
    }

    @Test("Macro-F1 is the mean over the labels asked")
    func macroF1() {
        #expect(Evaluation.macroF1([[2, 0], [0, 3]]) == 1)
        #expect(abs(Evaluation.macroF1([[1, 1], [0, 2]]) - (2.0 / 3 + 0.8) / 2) < 1e-12)
        #expect(Evaluation.macroF1([[2, 0, 0], [0, 2, 0], [0, 0, 0]]) == 1)
    }

    @Test("The calibration error is the distance of said from true in 15 bins")
    func calibration() {
        #expect(abs(Evaluation.calibrationError([(0.9, true), (0.9, false)]) - 0.4) < 1e-6)
        #expect(abs(Evaluation.calibrationError([(1, true), (0, false)])) < 1e-6)
        #expect(abs(Evaluation.calibrationError([(0.9, true), (0.1, true)]) - 0.5) < 1e-6)
    }

    @Test("Every decision is timed and tabled")
    func decisions() {
        let split = EvaluationSplit(Self.rows, perCategory: 3, seed: 1)
        var time: UInt64 = 0
        let evaluation = Evaluation(
            split,
            now: {
                time += 1500; return time
            }
        ) { text in
            let isA = text.first == 0x61
            return Verdict(best: isA ? 0 : 1, probability: text.count == 2 ? 0.9 : 0.2, isClear: true)
        }
        #expect(evaluation.accuracy == 1 && evaluation.macroF1 == 1 && evaluation.auroc == 1)
        #expect(evaluation.confusion == [[7, 0], [0, 3]])
        #expect(evaluation.microsecondsPerDecision == 1.5)
        #expect(evaluation.knownCount == 10 && evaluation.unknownCount == 2)
    }
}
