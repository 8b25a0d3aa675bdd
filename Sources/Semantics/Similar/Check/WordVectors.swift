/// How alike two words are by the static table.
struct WordVectors {
    private var one = StaticVector()
    private var other = StaticVector()

    /// Least cosine of two words that say the same: in the table, what is of one kind (`tea`, `coffee`) has less than 0.6
    /// but for closed kinds, which are listed, and what says the same 0.7 to 0.9.
    static let least: Float = 0.70
    /// Of words with the same beginning: `invent`, `invention`.
    static let leastOfForms: Float = 0.45
    /// Of Chinese words, whose vectors are those of what they are in English.
    static let leastOfHan: Float = 0.86

    /// Above 0 where they are alike enough, and more the more they are.
    mutating func resemblance(_ word: PromptWord, _ twin: PromptWord) -> Float {
        guard word.mayResemble(twin) else { return 0 }
        one.take(word.text)
        other.take(twin.text)
        guard one.knownShare == 1, other.knownShare == 1 else { return 0 }
        var cosine: Float = 0
        for index in one.numbers.indices { cosine += one.numbers[index] * other.numbers[index] }
        let shared = zip(word.text, twin.text).prefix { $0 == $1 }.count
        let least = word.isHan ? Self.leastOfHan : shared >= 5 ? Self.leastOfForms : Self.least
        // words in pieces have the vectors of the pieces
        let isWhole = word.isHan || one.tokenCount == 1 && other.tokenCount == 1 || shared >= 5
        return isWhole && cosine >= least ? cosine : 0
    }
}
