/// What model rules go by, of one request. Each is asked for only where a rule needs it, what is cheap first, so that
/// texts are judged only for rules whose other conditions hold. Whoever conforms keeps what it has found.
package protocol ModelFacts {
    /// The sum of the probabilities of categories, 0 to 1. They go by the places that `ModelRouting` was made with.
    mutating func probability(of categories: [Int]) -> Float
    var complexity: Complexity { mutating get }
    var language: Language { mutating get }
    /// Estimated, of all that the body gives the model to read.
    var inputTokens: Int { mutating get }
}
