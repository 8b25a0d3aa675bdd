package import Settings

/// One entry of `routing.semantic.categories`: what a category is like, in texts.
package struct SemanticCategorySettings: Section {
    package static let mostExamples = 1_000
    /// Of an example, a negative or a description, in bytes.
    package static let longestText = 4 << 10

    package var examples: [String] = []
    package var description: String?
    package var negatives: [String] = []

    package init() {}

    package static let keys: [Key<SemanticCategorySettings>] = [
        .value(
            "examples", \.examples, "prompts that are of this category; ten to fifty that differ are enough",
            check: { texts($0) }),
        .value(
            "description", \.description, "what the category is, in a sentence: for want of examples",
            check: { $0.flatMap(text) }),
        .value(
            "negatives", \.negatives, "prompts that look like this category and are not", check: { texts($0) }),
    ]

    /// Whether it says what it is: else it must have the name of a category that is known.
    package var isDescribed: Bool { !examples.isEmpty || description != nil }

    private static func texts(_ texts: [String]) -> String? {
        if texts.count > mostExamples { return "expected at most \(mostExamples) texts, found \(texts.count)" }
        for one in texts {
            if let wrong = text(one) { return wrong }
        }
        return nil
    }

    private static func text(_ text: String) -> String? {
        if !text.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) { return "holds a text without words" }
        if text.utf8.count > longestText {
            return "expected texts of at most 4 KiB, found \(text.utf8.count) bytes: \(Quoted.quote(text))"
        }
        return nil
    }

    package static func check(_ value: SemanticCategorySettings, _ node: Node, _ reading: inout Reading) {
        if !value.isDescribed, value.negatives.isEmpty {
            reading.error(node.position, "says nothing: expected examples or a description")
        }
        let examples = Set(value.examples)
        for (index, element) in (node["negatives"]?.elements ?? []).enumerated() {
            guard let text = element.string, examples.contains(text) else { continue }
            reading.under("negatives") { reading in
                reading.under("[\(index)]") { $0.error(element.position, "is an example too; leave one out") }
            }
        }
    }
}
