internal import Semantics

/// One round of measuring: some rows are learnt, the others asked, by the built-in judge and, where one is given, by an
/// encoder that is asked where that is unsure.
struct Trial {
    let names: [String]
    /// What was learnt from.
    let learnt: Int
    /// Classes of the rows that are asked of which nothing was learnt, with the number of their rows.
    let unlearnt: [String: Int]
    /// The built-in alone.
    let answers: [TrialAnswer]
    /// Nanoseconds of one core that each answer took.
    let times: [UInt64]
    /// Milliseconds of one core that the built-in took to learn.
    let learning: Double
    /// Nil where there is no further tier.
    let cascade: TrialCascade?

    init(_ split: TrialSplit, _ encoder: TrialEncoder?) throws(EncoderFault) {
        names = split.split.categories.map(\.name)
        learnt = split.split.categories.reduce(0) { $0 + $1.examples.count }
        unlearnt = split.unlearnt
        let start = TrialClock.computed()
        let judge = Judge(split.split.categories)
        learning = TrialClock.milliseconds(TrialClock.computed() &- start)
        (answers, times) = Self.ask(split, judge)
        if let encoder {
            cascade = try TrialCascade(answers, judge, split.split.categories, encoder)
        } else {
            cascade = nil
        }
    }

    private static func ask(_ split: TrialSplit, _ judge: Judge) -> ([TrialAnswer], [UInt64]) {
        let scratch = JudgeScratch()
        // memory grows and caches fill before the clock runs
        for var text in split.split.categories.flatMap(\.examples).prefix(50) {
            _ = text.withUTF8 { judge.judge(UnsafeRawBufferPointer($0), scratch) }
        }
        var answers = split.questions
        var times: [UInt64] = []
        times.reserveCapacity(answers.count)
        for index in answers.indices {
            var text = answers[index].text
            answers[index].verdict = text.withUTF8 { text in
                let start = TrialClock.computed()
                let verdict = judge.judge(UnsafeRawBufferPointer(text), scratch)
                times.append(TrialClock.computed() &- start)
                return verdict
            }
        }
        return (answers, times)
    }
}
