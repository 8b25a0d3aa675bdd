/// One category of a classifier: what it is called and what it is like.
package struct CategoryExamples: Sendable, Equatable {
    package var name: String
    package var examples: [String]
    /// Texts that are not it though they look like it.
    package var negatives: [String]

    package init(name: String, examples: [String], negatives: [String] = []) {
        self.name = name
        self.examples = examples
        self.negatives = negatives
    }
}
