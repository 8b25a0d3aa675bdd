/// What an answer says that it has cost, in tokens; nil where it does not say.
package struct TokenUsage: Sendable, Equatable {
    package var prompt: Int?
    package var answer: Int?
    package var total: Int?

    package init(prompt: Int? = nil, answer: Int? = nil, total: Int? = nil) {
        self.prompt = prompt
        self.answer = answer
        self.total = total
    }

    package var isEmpty: Bool { prompt == nil && answer == nil && total == nil }

    /// What is paid for an answer.
    ///
    /// - Parameters:
    ///   - promptEstimate: tokens that the prompt is taken to have.
    ///   - answerEstimate: tokens that the text of the answer is taken to have, as far as it came.
    ///   - isWhole: the answer came to its end.
    package func cost(promptEstimate: Int, answerEstimate: Int, isWhole: Bool) -> Int {
        let asked = prompt ?? promptEstimate
        if isWhole {
            if let total { return total }
            return Self.sum(asked, answer ?? answerEstimate)
        }
        // what is said on the way may be of the beginning alone
        guard let answer, answer >= answerEstimate - answerEstimate / 5 else { return Self.sum(asked, answerEstimate) }
        return Self.sum(asked, answer)
    }

    private static func sum(_ one: Int, _ two: Int) -> Int {
        let (sum, overflow) = one.addingReportingOverflow(two)
        return overflow ? .max : sum
    }
}
