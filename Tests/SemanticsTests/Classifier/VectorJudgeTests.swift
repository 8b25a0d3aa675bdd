import Testing

@testable import Semantics

@Suite("A judge of an encoder's vectors uses them and the grams")
struct VectorJudgeTests {
    /// Two categories whose texts say nothing of which they are.
    static let categories = ["left", "right"].map { name in
        CategoryExamples(name: name, examples: (0..<6).map { "text number \($0)" })
    }

    static func vector(_ category: Int, _ place: Int) -> [Float] {
        var vector = [Float](repeating: 0.1 * Float(place), count: 10)
        vector[category] = 5
        return vector
    }

    static func judged(_ judge: VectorJudge, _ vector: [Float]) -> (verdict: Verdict, probabilities: [Float]) {
        let scratch = JudgeScratch()
        let verdict = Array("text number 3".utf8).withUnsafeBytes { text in
            vector.withUnsafeBufferPointer { judge.judge($0, text, scratch) }
        }
        return (verdict, scratch.probabilities)
    }

    @Test("The vector decides where the words do not, whatever its length", arguments: [Float(0.01), 1, 300])
    func vectors(length: Float) {
        let vectors = (0..<2).flatMap { category in (0..<6).map { Self.vector(category, $0) } }
        let judge = VectorJudge(Self.categories, vectors: vectors)
        for category in 0..<2 {
            let (verdict, probabilities) = Self.judged(judge, Self.vector(category, 3).map { $0 * length })
            #expect(verdict.best == category)
            #expect(verdict.probability > 0.8)
            #expect(probabilities.reduce(0, +) <= 1.0001)
        }
    }

    @Test("Vectors that are missing, too short, zero or no numbers are no fault")
    func damage() {
        for vectors in [[], [[1, 2, 3]], [[Float]](repeating: [.nan, 1, 2], count: 12)] as [[[Float]]] {
            let judge = VectorJudge(Self.categories, vectors: vectors)
            for vector in [[], [0, 0, 0], [.nan, 1, 2], [.infinity, 0, 0], [1, 2, 3]] as [[Float]] {
                let (verdict, probabilities) = Self.judged(judge, vector)
                #expect(verdict.probability.isFinite)
                #expect(probabilities.allSatisfy { $0 >= 0 && $0 <= 1 })
            }
        }
    }

    @Test("Without vectors the words decide")
    func words() {
        let judge = VectorJudge(JudgeTests.categories, vectors: [])
        let scratch = JudgeScratch()
        let verdict = Array("play some jazz music".utf8).withUnsafeBytes { text in
            judge.judge(UnsafeBufferPointer(start: nil, count: 0), text, scratch)
        }
        #expect(judge.names[verdict.best] == "music")
    }

    @Test("Two tiers together say the mean of what they say")
    func mean() {
        let scratch = JudgeScratch()
        let judge = Judge(JudgeTests.categories)
        let verdict = Array("how do i cook rice".utf8).withUnsafeBytes { judge.judge($0, scratch) }
        let alone = scratch.probabilities
        #expect(Verdict.mean(alone, scratch) == verdict)
        #expect(scratch.probabilities == alone)
        let both = Verdict.mean([1, 0, 0], scratch)
        #expect(both.best == 0)
        #expect(scratch.probabilities == [(alone[0] + 1) / 2, alone[1] / 2, alone[2] / 2])
        #expect(both.probability == scratch.probabilities[0])
    }
}
