internal import Proxy
internal import Settings

/// What trials showed, as lines, and as the one line of JSON.
struct TrialText {
    private let trials: SemanticTrials
    private let field: String

    /// Up to so many classes the whole table is shown, of more the pairs that were confused most.
    private static let widestTable = 12
    private static let mostPairs = 15

    init(_ trials: SemanticTrials, by field: String) {
        self.trials = trials
        self.field = field
    }

    var lines: [String] { head + figures + languages + cascade + confusion }

    /// For standard error: what may not be as it was meant.
    var notes: [String] {
        let few = trials.unlearnt.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        if few.isEmpty { return [] }
        let shown = few.prefix(5).map { "\(Quoted.shortened($0.key)) (\($0.value))" }.joined(separator: ", ")
        return [
            "\(ValueText.count(few.count, "class")) of the rows without examples to learn, counted as unknown: \(shown)"
                + (few.count > 5 ? ", ..." : "")
        ]
    }

    // MARK: lines

    private var head: [String] {
        let seeds = trials.seeds.map { "\($0)" }.joined(separator: ", ")
        let count = trials.figures.known + trials.figures.unknown
        let mean = trials.seeds.count > 1 ? ", mean of \(trials.seeds.count) seeds (\(seeds))" : ", seed \(seeds)"
        return [
            "\(ValueText.count(trials.learnt, "example")) of \(trials.confusion.names.count) classes (\(field)) learnt;"
                + " \(ValueText.count(count, "text")) asked, \(trials.figures.unknown) of them unknown\(mean)",
            "",
        ]
    }

    private var figures: [String] {
        var spread = ""
        if let least = trials.accuracies.min(), let most = trials.accuracies.max(), trials.accuracies.count > 1 {
            spread = " (\(FigureText.share(least)) to \(FigureText.share(most)))"
        }
        let times = trials.times.map { times in
            "\(FigureText.decimal(times.mean, 1)) us, half within \(FigureText.decimal(times.median, 1)),"
                + " 99 % within \(FigureText.decimal(times.p99, 1))"
        }
        return Table.lines([
            ["accuracy", FigureText.share(trials.figures.accuracy) + spread],
            ["macro-F1", FigureText.share(trials.figures.macroF1)],
            ["AUROC of unknowns", FigureText.share(trials.figures.auroc)],
            ["calibration error", FigureText.share(trials.figures.calibrationError)],
            ["a decision", times ?? "-"], ["learning", "\(FigureText.decimal(trials.learning, 1)) ms"],
        ])
    }

    private static func row(_ name: String, _ figures: TrialFigures) -> [String] {
        [
            name, "\(figures.known)", FigureText.share(figures.accuracy), FigureText.share(figures.macroF1),
            "\(figures.unknown)", FigureText.share(figures.auroc), FigureText.share(figures.calibrationError),
        ]
    }

    private static let headings = ["LANGUAGE", "KNOWN", "ACCURACY", "MACRO-F1", "UNKNOWN", "AUROC", "CALIBRATION"]

    private var languages: [String] { Self.lines(trials.languages) }

    private static func lines(_ languages: [(name: String, figures: TrialFigures)]) -> [String] {
        if languages.isEmpty { return [] }
        return [""] + Table.lines(headings, languages.map { row($0.name.isEmpty ? "-" : $0.name, $0.figures) })
    }

    private var cascade: [String] {
        guard let cascade = trials.cascade else { return [] }
        let times = cascade.times.map { times in
            "\(FigureText.decimal(times.mean / 1000, 1)) ms, 99 % within \(FigureText.decimal(times.p99 / 1000, 1)) ms"
        }
        return ["", "with \(cascade.name) where the built-in is unsure"]
            + Table.lines(
                [
                    ["accuracy", FigureText.share(cascade.figures.accuracy)],
                    ["macro-F1", FigureText.share(cascade.figures.macroF1)],
                    ["AUROC of unknowns", FigureText.share(cascade.figures.auroc)],
                    ["calibration error", FigureText.share(cascade.figures.calibrationError)],
                    [
                        "asked about",
                        "\(FigureText.percent(cascade.askedKnown)) of the known,"
                            + " \(FigureText.percent(cascade.askedUnknown)) of the unknown",
                    ],
                    ["a text", times ?? "-"], ["learning", "\(FigureText.decimal(cascade.learning, 1)) ms"],
                ], indent: 2) + Self.lines(cascade.languages)
    }

    private var confusion: [String] {
        let confusion = trials.confusion
        let pairs = confusion.worst(Self.mostPairs)
        if pairs.isEmpty { return [] }
        guard confusion.names.count > Self.widestTable else {
            let rows = zip(confusion.names, confusion.table).map { name, row in
                [Quoted.shortened(name)] + row.map { $0 == 0 ? "." : "\($0)" }
            }
            // a column for each row, in the same order
            let headings = ["ASKED / SAID"] + confusion.names.map { String(Quoted.oneLine($0).prefix(8)) }
            return [""] + Table.lines(headings, rows)
        }
        let rows = pairs.map { pair in
            [Quoted.shortened(pair.asked), Quoted.shortened(pair.said), "\(pair.count) of \(pair.total)"]
        }
        return ["", "confused most"] + Table.lines(["ASKED", "SAID", "TIMES"], rows, indent: 2)
    }

    // MARK: JSON

    var json: Node {
        var members = Self.members(trials.figures)
        members.append(("microsecondsPerDecision", FigureText.node(trials.times?.mean)))
        if let cascade = trials.cascade {
            members.append(
                (
                    "cascade",
                    .object(
                        [("tier", .string(cascade.name))] + Self.members(cascade.figures) + [
                            ("asked", FigureText.node(cascade.askedKnown)),
                            ("askedOfUnknown", FigureText.node(cascade.askedUnknown)),
                        ])
                ))
        }
        return .object(members)
    }

    private static func members(_ figures: TrialFigures) -> [(String, Node)] {
        [
            ("accuracy", FigureText.node(figures.accuracy)), ("macroF1", FigureText.node(figures.macroF1)),
            ("auroc", FigureText.node(figures.auroc)),
            ("calibrationError", FigureText.node(figures.calibrationError)),
        ]
    }
}
