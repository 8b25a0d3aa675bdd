/// What a word or a phrase does in a question, beside naming something.
enum PhraseRole: Sendable, Equatable {
    /// Nothing that matters. `isAlways`: nor in what is to be translated or rewritten.
    case filler(isAlways: Bool)
    /// A part follows that may stand anywhere: `in Python`, `on Linux`. Two of different kinds are not the same part,
    /// but 0 is as good as any.
    case leader(UInt8)
    /// Where something goes, comes from, or what it is measured by follows: `to French`.
    case arrow(UInt8)
    /// How it is asked.
    case ask(QuestionForm)
    /// What is named may be named in any order: `A and B compared`.
    case symmetry(QuestionForm)
    case negation
}
