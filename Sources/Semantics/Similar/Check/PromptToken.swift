/// A piece of a prompt as it is written, before anybody asks what it means.
struct PromptToken: Sendable {
    enum Kind: Sendable {
        /// Letters, with apostrophes.
        case word
        /// Ideographs without a break.
        case han
        case number
        /// Code, addresses, what stands in quotes or behind a colon: nothing but itself will do.
        case literal
        /// A sign that says something: `+`, `<`, `$`.
        case sign
        /// Any other punctuation.
        case stop
    }

    var kind: Kind
    /// In lower case.
    var text: [UInt32]
    /// Begins with a capital, and not for the sentence's sake alone.
    var isName = false
    /// `France's`, whose `'s` was taken away.
    var isOwner = false
}
