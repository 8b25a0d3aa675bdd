internal import ArgumentParser
internal import Proxy
internal import Settings

/// `clawproxy semantic tune`: thresholds for the semantic rules, from labelled prompts.
struct SemanticTune: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tune",
        abstract: "Propose thresholds that suit labelled prompts, as a patch for `config patch`.",
        discussion: """
            Rows are JSON lines with `text`, and the name of a rule or of a category in `route` or `label`; what names \
            neither is for no rule. The patch goes to standard output, all else to standard error.

              clawproxy semantic tune prompts.jsonl
              clawproxy semantic tune prompts.jsonl --precision 0.95 | clawproxy config patch --stdin --dry-run

            Every rule gets the threshold with the best balance of precision and recall (F1), or with --precision the \
            lowest that is so precise. Use prompts of your own clients, a few hundred, with those that no rule should \
            take among them.
            """)

    @Argument(help: "Rows in JSON lines; - for standard input.") var file: String
    @Option(
        help: ArgumentHelp(
            "The part of what a rule takes that must be its own; absent: the best F1.", valueName: "share"))
    var precision: Double?
    @Flag(help: "Ask no encoder of semantic.tiers.") var builtin = false
    @OptionGroup var options: ConfigurationOptions

    mutating func validate() throws {
        if let precision, !(precision > 0 && precision <= 1) {
            throw ValidationError("--precision: expected a share above 0, up to 1, such as 0.95")
        }
    }

    func run() throws {
        let meaning = try SemanticRules.load(options, asksTiers: !builtin)
        if meaning.isLibrary {
            complain(
                "the configuration has no semantic rules, so there is no threshold to tune; add a rule with match"
                    + " {type: \"semantic\", categories: [...]}, or name the file that has them with --config-file")
            throw ExitCode(1)
        }
        let rows = try LabelledFile.read(file, [.route, .label])
        let tuning: SemanticTuning
        do throws(SemanticFault) {
            tuning = try SemanticTuning(rows, meaning, precision: precision)
        } catch {
            complain("\(file): \(error.description)")
            throw ExitCode(1)
        }
        for line in Self.words(tuning) { complain(line) }
        show([JSONText.pretty(tuning.patch)])
    }

    private static func words(_ tuning: SemanticTuning) -> [String] {
        let rows = tuning.rows.map { row in
            let now = row.isChanged ? " -> \(SemanticTuning.text(row.after))" : ""
            return [
                Quoted.shortened(row.name), SemanticTuning.text(row.before) + now, "\(row.wanted)",
                change("\(row.then.taken)", "\(row.now.taken)"), change("\(row.then.right)", "\(row.now.right)"),
                change(share(row.then.precision), share(row.now.precision)),
                change(share(row.then.recall), share(row.now.recall)),
                change(share(row.then.balance), share(row.now.balance)), row.note ?? "",
            ]
        }
        let headings = ["RULE", "THRESHOLD", "ROWS", "TAKEN", "RIGHT", "PRECISION", "RECALL", "F1", ""]
        let whole =
            "\(tuning.texts) rows: \(tuning.rightBefore) go where they should, \(tuning.rightAfter) with the patch"
        let strangers = tuning.strangers.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        let names = strangers.prefix(5).map { "\(Quoted.shortened($0.key)) (\($0.value))" }.joined(separator: ", ")
        let others =
            strangers.isEmpty ? [] : ["for no rule, by their classes: \(names)\(strangers.count > 5 ? ", ..." : "")"]
        let end = tuning.rows.contains(where: \.isChanged) ? [] : ["nothing to change"]
        return Table.lines(headings, rows) + [whole] + others + end
    }

    private static func share(_ value: Double?) -> String { FigureText.decimal(value, 2) }

    private static func change(_ then: String, _ now: String) -> String { then == now ? now : "\(then) -> \(now)" }
}
