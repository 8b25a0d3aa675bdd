package import Settings

/// The key `condition` of a model rule: what must hold of a request, all of it together.
package struct ModelConditionSettings: Section {
    package var taskType: OneOrMany<Located<String>> = []
    package var estimatedComplexity: OneOrMany<Complexity> = []
    package var language: OneOrMany<Language> = []
    package var inputTokensGt: Int?
    package var inputTokensLt: Int?

    package init() {}

    package static let keys: [Key<ModelConditionSettings>] = [
        .value(
            "taskType", \.taskType,
            "kinds of task, categories of the library or of `routing.semantic.categories`: the probabilities that the "
                + "text is one of them add up to at least `modelRouting.threshold`",
            check: checkTasks),
        .value(
            "estimatedComplexity", \.estimatedComplexity, "how demanding the task looks",
            check: { $0.isEmpty ? "must not be empty; leave it out to take every complexity" : nil }),
        .value(
            "language", \.language, "what the text is written in",
            check: { $0.isEmpty ? "must not be empty; leave it out to take every language" : nil }),
        .value(
            "inputTokensGt", \.inputTokensGt, "the whole prompt is estimated at more tokens than this",
            check: Check.range(0...mostTokens)),
        .value(
            "inputTokensLt", \.inputTokensLt, "the whole prompt is estimated at fewer tokens than this",
            check: Check.range(1...mostTokens)),
    ]

    private static let mostTokens = 1_000_000_000

    /// Nothing is asked: it would hold for every request.
    var isEmpty: Bool {
        taskType.isEmpty && estimatedComplexity.isEmpty && language.isEmpty && inputTokensGt == nil
            && inputTokensLt == nil
    }

    package static func check(_ value: ModelConditionSettings, _ node: Node, _ reading: inout Reading) {
        if value.isEmpty {
            reading.error(
                node.position,
                "asks nothing; expected taskType, estimatedComplexity, language, inputTokensGt or inputTokensLt; the "
                    + "model for all other requests is defaultModel")
        }
        if let above = value.inputTokensGt, let below = value.inputTokensLt, below <= above + 1 {
            reading.error(
                node.position, "no number is above \(above) and below \(below); expected inputTokensLt to be larger")
        }
    }

    private static func checkTasks(_ tasks: OneOrMany<Located<String>>) -> String? {
        if tasks.isEmpty { return "must not be empty; leave it out to take every task" }
        let isNamed = tasks.values.allSatisfy { !$0.value.isEmpty }
        return isNamed ? nil : "expected a kind of task such as code_generation, found an empty string"
    }
}
