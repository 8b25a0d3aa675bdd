/// How a model's vectors of tokens become the vector of their text.
package enum Pooling: String, Sendable, Equatable, CaseIterable {
    /// The mean over all tokens.
    case mean
    /// The vector of the first token, `[CLS]`.
    case cls
}
