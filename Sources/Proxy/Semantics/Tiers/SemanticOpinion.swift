/// What a further tier says of a text.
struct SemanticOpinion: Sendable, Equatable {
    /// Of each category, by the order of `Meaning.categories`.
    var probabilities: [Float]
    /// The name of the tier whose word it is.
    var tier: String
}
