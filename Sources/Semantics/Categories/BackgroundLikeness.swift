/// Which categories of the library are no background for an operator's own ones, because they are about the same: where
/// the operator has a `clinic`, the library's `health` would take its share of every prompt.
enum BackgroundLikeness {
    /// Share of an own category's texts that go to one of the library when nothing else is there to choose.
    private static let limit: Float = 0.35
    private static let examplesEach = 16
    private static let textsEach = 40

    static func unlike(_ own: [CategoryExamples], among background: [LibraryCategory]) -> [LibraryCategory] {
        guard !own.isEmpty, !background.isEmpty else { return background }
        let judge = Judge(
            background.map { CategoryExamples(name: $0.name, examples: $0.examples(atMost: examplesEach)) })
        let scratch = JudgeScratch()
        var isLike = [Bool](repeating: false, count: background.count)
        for category in own {
            let texts = Spread.choose(textsEach, of: category.examples)
            var sums = [Float](repeating: 0, count: background.count)
            for var text in texts {
                _ = text.withUTF8 { judge.judge(UnsafeRawBufferPointer($0), scratch) }
                for place in sums.indices { sums[place] += scratch.probabilities[place] }
            }
            for place in sums.indices where sums[place] >= limit * Float(texts.count) { isLike[place] = true }
        }
        return zip(background, isLike).filter { !$0.1 }.map(\.0)
    }
}
