internal import Settings

/// What a tier is.
package enum SemanticTierKind: String, Variant {
    /// A sentence encoder of the BERT family: MiniLM, BGE, E5, GTE.
    case bert
    /// Token vectors alone, as model2vec makes them.
    case model2vec
    /// An OpenAI-compatible server.
    case endpoint

    package static var noun: String { "type of tier" }
}
