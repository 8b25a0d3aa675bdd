internal import Semantics

/// What a judge said of one text of a trial.
struct TrialAnswer: Sendable {
    var text: String
    /// The class that it has, by its place; -1 for one that has none of those learnt.
    var category: Int
    var language: String
    var verdict: Verdict

    var isRight: Bool { verdict.best == category }
}
