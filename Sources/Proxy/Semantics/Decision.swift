/// What a semantic rule was chosen by, for `X-ClawProxy-Route`.
struct Decision {
    /// Sum of the probabilities of its categories; nil where no rule's was enough.
    var score: Float?
    /// Whose word it was.
    var tier: String

    /// Three digits are as many as mean anything.
    var text: String {
        guard let score else { return "; tier=\(tier)" }
        let thousandths = Int((max(0, min(1, score)) * 1000).rounded())
        let digits = "\(1000 + thousandths % 1000)".dropFirst()
        return "; score=\(thousandths / 1000).\(digits); tier=\(tier)"
    }
}
