/// The examples of categories in the order in which they are learnt: all examples, category by category, then all
/// negatives.
struct Lessons: Sendable {
    let categories: Int
    private(set) var texts: [String] = []
    /// Of an example its category, of a negative the category that it is not.
    private(set) var labels: [Int] = []
    /// How many are examples.
    let examples: Int

    init(_ categories: [CategoryExamples]) {
        self.categories = categories.count
        for (place, category) in categories.enumerated() {
            texts += category.examples
            labels += [Int](repeating: place, count: category.examples.count)
        }
        examples = texts.count
        for (place, category) in categories.enumerated() {
            texts += category.negatives
            labels += [Int](repeating: place, count: category.negatives.count)
        }
    }
}
