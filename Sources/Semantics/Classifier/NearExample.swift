/// An example that a text is like, as `explain` shows it.
package struct NearExample: Sendable, Equatable {
    /// The place of its category in the judge's `names`.
    package var category: Int
    package var text: String
    /// Cosine of the features, 0...1.
    package var similarity: Float

    package init(category: Int, text: String, similarity: Float) {
        self.category = category
        self.text = text
        self.similarity = similarity
    }
}
