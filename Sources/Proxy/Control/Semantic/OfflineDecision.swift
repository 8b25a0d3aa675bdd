package import Settings

/// What would become of a text, as `clawproxy semantic classify` prints it.
package struct OfflineDecision: Sendable {
    /// The rule, or the category where there are no semantic rules; nil: unknown.
    package var route: String?
    /// Of the route; where there is none, the highest that any had.
    package var score: Float
    /// Whose word it was; `none` where there was no text.
    package var tier: String
    /// Of every rule, by its place.
    package var scores: [Float] = []
    /// Every category that was learnt, the likeliest first.
    package var categories: [(name: String, probability: Float)] = []

    /// `likeliest`: how many categories are told besides.
    package func node(likeliest: Int = 0) -> Node {
        var members: [(String, Node)] = [
            ("route", .text(route)), ("score", Self.number(score)), ("tier", .string(tier)),
        ]
        if likeliest > 0 {
            let rows = categories.prefix(likeliest).map { category in
                Node.object([("name", .string(category.name)), ("probability", Self.number(category.probability))])
            }
            members.append(("categories", .list(rows)))
        }
        return .object(members)
    }

    /// Four digits are more than mean anything.
    static func number(_ value: Float) -> Node { .double((Double(value) * 10_000).rounded() / 10_000) }
}
