/// A semantic rule as it is judged where no proxy runs: by the text alone, whatever its path and conditions.
package struct OfflineRule: Sendable, Equatable {
    package var name: String
    package var priority: Int
    package var threshold: Float
    /// As the rule names them.
    package var categories: [String]

    /// The place of the rule that takes a text with these scores: of those that reach their threshold, and of these of
    /// the highest priority, the one with the highest score, and of equal ones the first. Nil: none does.
    static func taker(_ rules: [OfflineRule], _ scores: [Float]) -> Int? {
        var best: Int?
        for place in rules.indices where scores[place] >= rules[place].threshold {
            guard let known = best else {
                best = place
                continue
            }
            if (rules[known].priority, scores[known]) < (rules[place].priority, scores[place]) { best = place }
        }
        return best
    }
}
