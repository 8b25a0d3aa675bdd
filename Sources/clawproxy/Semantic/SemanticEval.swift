internal import ArgumentParser
internal import Proxy
internal import Settings

/// `clawproxy semantic eval`: how well the built-in judge does on labelled prompts.
struct SemanticEval: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval",
        abstract: "Say how well prompts are told apart, learnt from a few examples of each class.",
        discussion: """
            Rows are JSON lines, {"id", "lang", "text", "label", "route"}. Of each class --k rows are learnt, at most \
            half of it, drawn by the seed; the others are asked. Rows of class oos, none or unknown are never learnt: \
            they show how well what belongs nowhere is told from what does (AUROC). Times are those of one core.

              clawproxy semantic eval prompts.jsonl --k 20
              clawproxy semantic eval prompts.jsonl --k 10 --by label --seed 1,2,3,4,5
              clawproxy semantic eval todays.jsonl --examples ours.jsonl --json

            The configuration is not read; `semantic classify` and `semantic tune` go by its rules.
            """)

    @Argument(help: "Rows in JSON lines; - for standard input.") var file: String
    @Option(help: ArgumentHelp("Examples of each class that are learnt, at most half of it.", valueName: "count"))
    var k: Int?
    @Option(help: ArgumentHelp("Which member is the class: route or label.", valueName: "member"))
    var by = LabelledRow.Field.route
    @Option(
        name: [.customLong("seed"), .customLong("seeds")],
        help: ArgumentHelp(
            "What rows are drawn by; several, between commas or repeated: the mean is told.", valueName: "n"))
    var seed: [String] = []
    @Option(
        help: ArgumentHelp(
            "Learn from this file, and ask all of the other; with --k at most so many of each class.", valueName: "path"
        ))
    var examples: String?
    @Option(help: ArgumentHelp("Rows in this language alone, such as zh.", valueName: "lang")) var lang: String?
    @Option(
        help: ArgumentHelp(
            "The directory of an encoder (BERT, model2vec), asked where the built-in is unsure.", valueName: "path"))
    var tier: String?
    @Flag(help: "Print the figures as one line of JSON.") var json = false

    mutating func validate() throws {
        if k == nil, examples == nil { throw ValidationError("expected --k COUNT, or --examples FILE") }
        if let k, k < 1 { throw ValidationError("--k: expected 1 or more, found \(k)") }
        _ = try seeds()
    }

    private func seeds() throws -> [UInt64] {
        if seed.isEmpty { return [1] }
        return try seed.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }.map { word in
            guard let number = UInt64(word) else {
                throw ValidationError("--seed: expected whole numbers from 0 up, found '\(word)'")
            }
            return number
        }
    }

    func run() throws {
        var question = SemanticTrials.Question(try LabelledFile.read(file, [by], language: lang))
        question.examples = try examples.map { try LabelledFile.read($0, [by], language: lang) }
        question.field = by
        question.count = k
        question.seeds = try seeds()
        question.tier = tier
        let trials: SemanticTrials
        do throws(SemanticFault) {
            trials = try SemanticTrials(question)
        } catch {
            complain(error.description)
            throw ExitCode(1)
        }
        let text = TrialText(trials, by: by.rawValue)
        for note in text.notes { complain(note) }
        show(json ? [text.json.json] : text.lines)
    }
}

extension LabelledRow.Field: ExpressibleByArgument {}
