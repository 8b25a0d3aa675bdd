/// The categories of a configuration, learnt from their examples by the built-in features. Made off the loops when a
/// configuration is loaded; immutable and shared.
package final class Judge: Sendable {
    package let names: [String]
    private let model: KernelModel
    private let lessons: Lessons

    /// Learns. The same examples in the same order give the same judge on every machine.
    /// - Parameter groups: for each category the number of its group. Categories that nothing ever tells apart, as the
    ///   very same rules name them, are one: probabilities are then fitted so that the sum of a group is right, not
    ///   each of its categories, and `isClear` is said of the likeliest group. Without, each is its own.
    package init(_ categories: [CategoryExamples], groups: [Int]? = nil) {
        names = categories.map(\.name)
        lessons = Lessons(categories)
        var features = TextFeatures()
        let rows = lessons.texts.map { text in
            var text = text
            text.withUTF8 { features.take(UnsafeRawBufferPointer($0), units: TextFeatures.exampleUnits) }
            return ExampleIndex.Row(
                vector: features.vector.numbers, share: features.share, places: features.sparse.places,
                values: features.sparse.values)
        }
        model = KernelModel(rows, lessons, dimensions: SentenceEncoder.dimensions, groups: groups)
    }

    /// Probability of each category into `scratch.probabilities`; what it needs of memory stays in `scratch`.
    /// - Parameter text: UTF-8, any bytes.
    package func judge(_ text: UnsafeRawBufferPointer, _ scratch: JudgeScratch) -> Verdict {
        scratch.features.take(text)
        return model.judge(vector: scratch.features.vector.numbers, share: scratch.features.share, scratch)
    }

    /// Examples nearest to a text, best first, for `explain`.
    package func nearest(_ text: UnsafeRawBufferPointer, count: Int) -> [NearExample] {
        let scratch = JudgeScratch()
        _ = judge(text, scratch)
        return scratch.cosines.prefix(lessons.examples).enumerated()
            .sorted { ($0.element, $1.offset) > ($1.element, $0.offset) }
            .prefix(max(count, 0))
            .map { place, cosine in
                NearExample(
                    category: lessons.labels[place], text: lessons.texts[place],
                    similarity: min(max(cosine, 0), 1))
            }
    }
}
