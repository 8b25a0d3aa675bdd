internal import Semantics

/// The same texts where an encoder is asked about those that the built-in is unsure of; both words count then, by half.
struct TrialCascade {
    let answers: [TrialAnswer]
    /// How many of the texts whose class was learnt were asked about, and how many of the others.
    let askedKnown: Int
    let askedUnknown: Int
    /// Milliseconds that it took to learn, the vectors of examples included where they were not known yet.
    let learning: Double

    init(
        _ own: [TrialAnswer], _ builtIn: Judge, _ categories: [CategoryExamples], _ encoder: TrialEncoder
    ) throws(EncoderFault) {
        let start = TrialClock.passed()
        let texts = categories.flatMap(\.examples) + categories.flatMap(\.negatives)
        let judge = VectorJudge(categories, vectors: try encoder.vectors(texts))
        learning = TrialClock.milliseconds(TrialClock.passed() &- start)
        let scratch = JudgeScratch()
        var answers = own
        var (known, unknown) = (0, 0)
        for index in answers.indices where !answers[index].verdict.isClear {
            if answers[index].category < 0 { unknown += 1 } else { known += 1 }
            let vector = try encoder.vector(answers[index].text)
            var text = answers[index].text
            answers[index].verdict = text.withUTF8 { text in
                _ = builtIn.judge(UnsafeRawBufferPointer(text), scratch)
                let own = scratch.probabilities
                _ = vector.withUnsafeBufferPointer { judge.judge($0, UnsafeRawBufferPointer(text), scratch) }
                return Verdict.mean(own, scratch)
            }
        }
        self.answers = answers
        askedKnown = known
        askedUnknown = unknown
    }
}
