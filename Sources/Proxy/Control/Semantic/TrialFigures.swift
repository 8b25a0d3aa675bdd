internal import Semantics

/// How well decisions agreed with what was known. Means where there were several trials.
package struct TrialFigures: Sendable, Equatable {
    /// How many were asked whose class was learnt, and how many of no class.
    package var known = 0
    package var unknown = 0
    /// Nil where no known text was asked.
    package var accuracy: Double?
    package var macroF1: Double?
    package var calibrationError: Double?
    /// Nil where known or unknown ones are missing.
    package var auroc: Double?

    init() {}

    init(_ answers: [TrialAnswer], names: Int) {
        let sure = answers.filter { $0.category >= 0 }
        let unsure = answers.filter { $0.category < 0 }
        known = sure.count
        unknown = unsure.count
        auroc = Evaluation.auroc(sure.map(\.verdict.probability), unsure.map(\.verdict.probability))
        guard !sure.isEmpty else { return }
        accuracy = Double(sure.count(where: \.isRight)) / Double(sure.count)
        macroF1 = Evaluation.macroF1(TrialConfusion.table(sure, names))
        calibrationError = Evaluation.calibrationError(sure.map { ($0.verdict.probability, $0.isRight) })
    }

    /// Numbers of texts are those of all trials together.
    init(meanOf all: [TrialFigures]) {
        known = all.reduce(0) { $0 + $1.known }
        unknown = all.reduce(0) { $0 + $1.unknown }
        accuracy = Self.mean(all.compactMap(\.accuracy))
        macroF1 = Self.mean(all.compactMap(\.macroF1))
        calibrationError = Self.mean(all.compactMap(\.calibrationError))
        auroc = Self.mean(all.compactMap(\.auroc))
    }

    static func mean(_ values: [Double]) -> Double? {
        values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }
}
