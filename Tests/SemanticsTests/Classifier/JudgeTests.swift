import Testing

@testable import Semantics

@Suite("A judge says what a text is, from a few examples")
struct JudgeTests {
    static let categories = JudgeGolden.categories.map { CategoryExamples(name: $0.name, examples: $0.examples) }

    static func judged(_ judge: Judge, _ text: String) -> (verdict: Verdict, probabilities: [Float]) {
        let scratch = JudgeScratch()
        let verdict = Array(text.utf8).withUnsafeBytes { judge.judge($0, scratch) }
        return (verdict, scratch.probabilities)
    }

    @Test("Probabilities are those of the reference", arguments: JudgeGolden.rows)
    func golden(row: JudgeGolden) {
        let judge = Judge(Self.categories)
        let (verdict, probabilities) = Self.judged(judge, row.text)
        #expect(probabilities.count == row.probabilities.count)
        for (probability, expected) in zip(probabilities, row.probabilities) {
            #expect(abs(probability - expected) < 1e-3)
        }
        #expect(probabilities[verdict.best] == verdict.probability)
        #expect(probabilities.max() == verdict.probability)
        #expect(verdict.isClear == (verdict.probability >= 0.7))
    }

    @Test("Probabilities are at most 1 together, whatever the text", arguments: FeatureGolden.rows)
    func sums(row: FeatureGolden) {
        let (_, probabilities) = Self.judged(Judge(Self.categories), row.text)
        #expect(probabilities.allSatisfy { $0 >= 0 && $0 <= 1 })
        #expect(probabilities.reduce(0, +) <= 1.0001)
    }

    @Test("The same examples make the same judge, and used memory changes nothing")
    func same() {
        let (one, other) = (Judge(Self.categories), Judge(Self.categories))
        let scratch = JudgeScratch()
        for row in FeatureGolden.rows {
            Array(row.text.utf8).withUnsafeBytes { bytes in
                let verdict = one.judge(bytes, scratch)
                let fresh = JudgeScratch()
                #expect(other.judge(bytes, fresh) == verdict)
                #expect(fresh.probabilities == scratch.probabilities)
            }
        }
    }

    /// Texts of words of their own, as long as examples may be.
    private static func long(_ count: Int, bytes: Int) -> [String] {
        var numbers = SplitMix64(seed: 9)
        return (0..<count).map { _ in
            var text = ""
            while text.utf8.count < bytes { text += "w\(String(numbers.next() % 20000, radix: 7)) " }
            return text
        }
    }

    @Test("The longest examples that are allowed hold neither learning nor decisions up")
    func long() {
        let texts = Self.long(500, bytes: 1000)
        let timed = TimedText()
        var judge = Judge(Self.categories)
        let learning = timed.milliseconds(tries: 1) {
            judge = Judge(
                (0..<10).map { place in
                    CategoryExamples(name: "\(place)", examples: Array(texts[place * 50..<place * 50 + 50]))
                })
        }
        #expect(learning < 2000)
        let scratch = JudgeScratch()
        let prompt = Array(Self.long(1, bytes: 4096)[0].utf8)
        #expect(timed.milliseconds { _ = prompt.withUnsafeBytes { judge.judge($0, scratch) } } < 2)
    }

    @Test("Of an example the first 128 words are learnt, of a prompt more are read")
    func beginnings() {
        // letters alone: every digit is as good as another
        let letters = Array("abcdefghijklmnopqrstuvwxyz")
        let words = (0..<300).map { "\(letters[$0 % 26])\(letters[$0 / 26])q " }
        var features = TextFeatures()
        Array(words.joined().utf8).withUnsafeBytes { features.takeGrams($0, units: TextFeatures.exampleUnits) }
        let ofExample = features.sparse
        Array(words.prefix(128).joined().utf8).withUnsafeBytes { features.takeGrams($0) }
        #expect(ofExample.places == features.sparse.places)
        Array(words.joined().utf8).withUnsafeBytes { features.takeGrams($0) }
        #expect(features.sparse.places.count > ofExample.places.count)
    }

    @Test("One memory serves judges of different sizes")
    func sizes() {
        let (large, small) = (Judge(Self.categories), Judge(Array(Self.categories.prefix(2))))
        let scratch = JudgeScratch()
        Array("write code".utf8).withUnsafeBytes { bytes in
            let first = large.judge(bytes, scratch)
            #expect(scratch.probabilities.count == 3)
            _ = small.judge(bytes, scratch)
            #expect(scratch.probabilities.count == 2)
            #expect(large.judge(bytes, scratch) == first)
        }
    }

    @Test("A text that is like no example is less probable than any that is like one")
    func unknown() {
        let judge = Judge(Self.categories)
        let far = Self.judged(judge, "\u{1F600}\u{1F600}").verdict.probability
        for category in Self.categories {
            for example in category.examples {
                let (verdict, _) = Self.judged(judge, example)
                #expect(judge.names[verdict.best] == category.name)
                #expect(verdict.probability > far)
            }
        }
        #expect(far < 0.5)
    }

    @Test("What a text is not becomes less probable by saying so")
    func negatives() {
        let text = "write a poem about a python in the jungle"
        let without = Self.judged(Judge(Self.categories), text).probabilities[0]
        var categories = Self.categories
        categories[0].negatives = ["a poem about a python in the jungle", "write a story about a snake"]
        let judge = Judge(categories)
        #expect(Self.judged(judge, text).probabilities[0] < without)
        #expect(judge.names[Self.judged(judge, "fix this bug in my program").verdict.best] == "code")
    }

    @Test("A single category is told from what is unlike its examples")
    func single() {
        let judge = Judge([Self.categories[2]])
        let near = Self.judged(judge, "will it rain today").probabilities[0]
        let far = Self.judged(judge, "please refactor the parser").probabilities[0]
        #expect(near > 0.5)
        #expect(far < 0.3)
    }

    @Test("Without categories, or without examples, nothing is known")
    func nothing() {
        #expect(Self.judged(Judge([]), "hello").verdict == Verdict(best: -1, probability: 0, isClear: false))
        let empty = Judge([CategoryExamples(name: "a", examples: []), CategoryExamples(name: "b", examples: [])])
        let (verdict, probabilities) = Self.judged(empty, "hello")
        #expect(!verdict.isClear)
        #expect(probabilities.count == 2 && probabilities.allSatisfy { $0 <= 0.5 })
    }

    @Test("The nearest examples come best first, and an example is nearest to itself")
    func nearest() {
        let judge = Judge(Self.categories)
        let found = Array("play some jazz".utf8).withUnsafeBytes { judge.nearest($0, count: 4) }
        #expect(found.count == 4)
        #expect(found.first?.text == "play some jazz" && found.first?.category == 1)
        #expect(abs((found.first?.similarity ?? 0) - 1) < 1e-3)
        #expect(zip(found, found.dropFirst()).allSatisfy { $0.similarity >= $1.similarity })
        #expect(Array("x".utf8).withUnsafeBytes { judge.nearest($0, count: 100) }.count == 9)
        #expect(Array("x".utf8).withUnsafeBytes { judge.nearest($0, count: 0) }.isEmpty)
    }
}
