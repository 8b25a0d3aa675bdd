internal import Semantics

/// `clawproxy semantic eval`: trials on labelled rows, one for each seed, and what came of them all together.
package struct SemanticTrials: Sendable {
    /// What is measured, and how.
    package struct Question: Sendable {
        package var rows: [LabelledRow]
        /// Learnt in place of a part of `rows`.
        package var examples: [LabelledRow]?
        package var field = LabelledRow.Field.route
        /// Of each class. Nil: all of `examples`.
        package var count: Int?
        package var seeds: [UInt64] = [1]
        /// The directory of an encoder.
        package var tier: String?

        package init(_ rows: [LabelledRow]) { self.rows = rows }
    }

    /// What a further tier made of it.
    package struct Cascade: Sendable {
        package var name: String
        package var figures: TrialFigures
        package var languages: [(name: String, figures: TrialFigures)]
        /// Part of the known texts, and of the unknown ones, that it was asked about.
        package var askedKnown: Double?
        package var askedUnknown: Double?
        /// Milliseconds.
        package var learning: Double
        /// A text that it was asked about alone.
        package var times: DecisionTimes?
    }

    package let seeds: [UInt64]
    package let figures: TrialFigures
    /// Accuracy of each seed.
    package let accuracies: [Double]
    package let confusion: TrialConfusion
    package let languages: [(name: String, figures: TrialFigures)]
    package let times: DecisionTimes?
    /// Milliseconds, the mean.
    package let learning: Double
    /// Examples that were learnt, by the first seed.
    package let learnt: Int
    /// Classes that were asked for and not learnt, so that they count as unknown.
    package let unlearnt: [String: Int]
    package let cascade: Cascade?

    /// Throws why the encoder cannot be used, in words for people.
    package init(_ question: Question) throws(SemanticFault) {
        seeds = question.seeds
        let (trials, encoder) = try Self.run(question)
        let names = trials.first?.names ?? []
        func figures(_ answers: [TrialAnswer]) -> TrialFigures { TrialFigures(answers, names: names.count) }
        let each = trials.map { figures($0.answers) }
        self.figures = TrialFigures(meanOf: each)
        accuracies = each.compactMap(\.accuracy)
        let all = trials.flatMap(\.answers)
        confusion = TrialConfusion(all, names: names)
        languages = Self.byLanguage(trials.map(\.answers), names.count)
        times = DecisionTimes(nanoseconds: trials.flatMap(\.times))
        learning = TrialFigures.mean(trials.map(\.learning)) ?? 0
        learnt = trials.first?.learnt ?? 0
        unlearnt = trials.first?.unlearnt ?? [:]
        cascade = encoder.map { Self.cascade(trials, $0, names.count) }
    }

    private static func run(_ question: Question) throws(SemanticFault) -> ([Trial], TrialEncoder?) {
        do throws(EncoderFault) {
            let encoder = try question.tier.map { path throws(EncoderFault) in try TrialEncoder(directory: path) }
            // the table is read at its first use: no trial pays for it
            _ = Judge([CategoryExamples(name: "", examples: ["warm"])])
            var trials: [Trial] = []
            for seed in question.seeds { trials.append(try Trial(Self.split(question, seed), encoder)) }
            return (trials, encoder)
        } catch {
            throw SemanticFault(error.description)
        }
    }

    private static func split(_ question: Question, _ seed: UInt64) -> TrialSplit {
        guard let examples = question.examples else {
            return TrialSplit(question.rows, by: question.field, count: question.count ?? 0, seed: seed)
        }
        return TrialSplit(
            question.rows, examples: examples, by: question.field, count: question.count, seed: seed)
    }

    /// Nothing where all rows are in one language, or in none.
    private static func byLanguage(
        _ trials: [[TrialAnswer]], _ names: Int
    ) -> [(name: String, figures: TrialFigures)] {
        let languages = Set(trials.joined().map(\.language)).sorted()
        if languages.count < 2 { return [] }
        return languages.map { language in
            let each = trials.map { TrialFigures($0.filter { $0.language == language }, names: names) }
            return (language, TrialFigures(meanOf: each))
        }
    }

    private static func cascade(_ trials: [Trial], _ encoder: TrialEncoder, _ names: Int) -> Cascade {
        let parts = trials.compactMap(\.cascade)
        let answers = parts.map(\.answers)
        let figures = TrialFigures(meanOf: answers.map { TrialFigures($0, names: names) })
        func share(_ asked: Int, _ all: Int) -> Double? { all == 0 ? nil : Double(asked) / Double(all) }
        return Cascade(
            name: encoder.name, figures: figures, languages: byLanguage(answers, names),
            askedKnown: share(parts.reduce(0) { $0 + $1.askedKnown }, figures.known),
            askedUnknown: share(parts.reduce(0) { $0 + $1.askedUnknown }, figures.unknown),
            learning: TrialFigures.mean(parts.map(\.learning)) ?? 0,
            times: DecisionTimes(nanoseconds: encoder.nanoseconds))
    }
}
