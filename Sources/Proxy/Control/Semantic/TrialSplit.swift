internal import Balancer
internal import Semantics

/// The rows of a trial: what is learnt, and what is asked, with its language.
struct TrialSplit {
    let split: EvaluationSplit
    /// Of every text that is asked.
    private let languages: [String: String]
    /// Classes that are asked for and were never learnt, with the number of their rows; those that are known to be
    /// unknown are not among them.
    let unlearnt: [String: Int]

    /// - Parameter count: examples of each class, at most half of it.
    init(_ rows: [LabelledRow], by field: LabelledRow.Field, count: Int, seed: UInt64) {
        split = EvaluationSplit(Self.texts(rows, field), perCategory: count, seed: seed)
        languages = Self.languages(rows)
        unlearnt = Self.unlearnt(rows, field, split.categories)
    }

    /// - Parameters:
    ///   - examples: what is learnt; all of `rows` are asked.
    ///   - count: of each class, drawn by `seed`; nil: all.
    init(
        _ rows: [LabelledRow], examples: [LabelledRow], by field: LabelledRow.Field, count: Int?, seed: UInt64
    ) {
        let categories = Self.categories(Self.texts(examples, field), count, seed)
        split = EvaluationSplit(Self.texts(rows, field), categories: categories)
        languages = Self.languages(rows)
        unlearnt = Self.unlearnt(rows, field, categories)
    }

    private static func unlearnt(
        _ rows: [LabelledRow], _ field: LabelledRow.Field, _ categories: [CategoryExamples]
    ) -> [String: Int] {
        let learnt = Set(categories.map(\.name))
        var unlearnt: [String: Int] = [:]
        for row in rows {
            guard let name = row[field], !learnt.contains(name), !LabelledText.unknownLabels.contains(name) else {
                continue
            }
            unlearnt[name, default: 0] += 1
        }
        return unlearnt
    }

    /// What is asked, without answers yet: first the known, then the unknown.
    var questions: [TrialAnswer] {
        let asked = split.known.map { ($0.text, $0.category) } + split.unknown.map { ($0, -1) }
        return asked.map { text, category in
            TrialAnswer(
                text: text, category: category, language: languages[text] ?? "",
                verdict: Verdict(best: -1, probability: 0, isClear: false))
        }
    }

    private static func texts(_ rows: [LabelledRow], _ field: LabelledRow.Field) -> [LabelledText] {
        rows.map { LabelledText(text: $0.text, label: $0[field] ?? "") }
    }

    /// A text that stands there in two languages counts for the first.
    private static func languages(_ rows: [LabelledRow]) -> [String: String] {
        Dictionary(rows.map { ($0.text, $0.language) }, uniquingKeysWith: { first, _ in first })
    }

    private static func categories(_ rows: [LabelledText], _ count: Int?, _ seed: UInt64) -> [CategoryExamples] {
        var texts: [String: [String]] = [:]
        var numbers = SplitMix64(seed: seed)
        for row in count == nil ? rows : rows.shuffled(using: &numbers) {
            if !row.isUnknown { texts[row.label, default: []].append(row.text) }
        }
        return texts.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { name in
            CategoryExamples(name: name, examples: Array((texts[name] ?? []).prefix(count ?? .max)))
        }
    }
}
