internal import ArgumentParser

/// `clawproxy semantic`: how well texts are judged, what becomes of them, which thresholds suit them.
struct Semantic: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure semantic routing on labelled prompts, judge prompts, and set thresholds.",
        subcommands: [SemanticEval.self, SemanticClassify.self, SemanticTune.self])
}
