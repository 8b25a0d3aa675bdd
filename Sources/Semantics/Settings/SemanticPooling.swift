internal import Settings

/// How the vectors of tokens become one.
package enum SemanticPooling: String, Variant {
    case mean
    /// That of the first token.
    case cls

    package static var noun: String { "pooling" }
}
