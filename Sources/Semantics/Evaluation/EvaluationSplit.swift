/// Rows parted into those to learn from and those to be asked, by a seed: put into order (`SplitMix64.order`), then of
/// every label the first K, but at most half of it, are learnt, the rest is asked. Unknown ones are only asked, and so
/// are those of a label of which nothing can be learnt.
package struct EvaluationSplit: Sendable, Equatable {
    /// What is learnt, by label in the order of their bytes.
    package var categories: [CategoryExamples]
    /// What is asked: the texts and their category.
    package var known: [(text: String, category: Int)]
    /// What is asked and belongs nowhere.
    package var unknown: [String]

    package init(_ rows: [LabelledText], perCategory: Int, seed: UInt64) {
        var texts: [String: [String]] = [:]
        var unknown: [String] = []
        for index in SplitMix64.order(of: rows.count, seed: seed) {
            let row = rows[index]
            if row.isUnknown { unknown.append(row.text) } else { texts[row.label, default: []].append(row.text) }
        }
        let names = texts.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        categories = []
        known = []
        for name in names {
            let all = texts[name] ?? []
            let (category, count) = (categories.count, min(max(perCategory, 0), all.count / 2))
            guard count > 0 else {
                unknown += all
                continue
            }
            categories.append(CategoryExamples(name: name, examples: Array(all.prefix(count))))
            known += all.dropFirst(count).map { ($0, category) }
        }
        self.unknown = unknown
    }

    /// All rows are asked; what is learnt comes from elsewhere. Rows whose label no category has are unknown.
    package init(_ rows: [LabelledText], categories: [CategoryExamples]) {
        self.categories = categories
        known = []
        unknown = []
        for row in rows {
            if !row.isUnknown, let category = categories.firstIndex(where: { $0.name == row.label }) {
                known.append((row.text, category))
            } else {
                unknown.append(row.text)
            }
        }
    }

    package static func == (one: EvaluationSplit, other: EvaluationSplit) -> Bool {
        one.categories == other.categories && one.unknown == other.unknown
            && one.known.elementsEqual(other.known) { $0.text == $1.text && $0.category == $1.category }
    }
}
