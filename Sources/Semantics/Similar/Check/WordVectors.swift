/// How alike two words are by the static table.
struct WordVectors {
    private var one = StaticVector()
    private var other = StaticVector()

    /// Least cosine of two words that say the same: in the table, what is of one kind (`tea`, `coffee`) has less than
    /// 0.6 but for closed kinds, which are listed, and what says the same 0.7 to 0.9.
    static let least: Float = 0.70
    /// Of words with the same beginning: `invent`, `invention`.
    static let leastOfForms: Float = 0.45
    /// Of Chinese words, whose vectors are those of what they are in English.
    static let leastOfHan: Float = 0.72
    /// Where one is how the other begins: what a Chinese word is stands at its end (文件, 文件夹).
    static let leastOfLongerHan: Float = 0.86

    /// It says so little that it may be missing: words are the more of use the rarer they are, and so the longer are
    /// their rows in the table, and the heavier Chinese words.
    ///
    /// - Parameter isHow: it is asked how, so that something is done.
    func isLight(_ word: PromptWord, isHow: Bool) -> Bool {
        if isHow, Self.doing.contains(word.hash) { return true }
        guard !word.isLiteral, !word.isName, word.kinds.isEmpty, word.arrow == 0 else { return false }
        if word.isHan {
            let found = word.text.withUnsafeBufferPointer { BuiltInTable.words?.first(of: $0) }
            return found.map { $0.length == word.text.count && $0.word.weight <= Self.lightHan } ?? false
        }
        return Self.length(of: word.text) <= Self.light
    }

    /// Of the word's row; infinite where it has none of its own.
    private static func length(of text: [UInt32]) -> Float {
        guard let table = BuiltInTable.pieces else { return .infinity }
        var pieces = WordPieces()
        text.withUnsafeBufferPointer { table.vocabulary.ids(of: $0, limit: 2, &pieces) }
        guard pieces.ids.count == 1 else { return .infinity }
        return withUnsafeTemporaryAllocation(of: Float.self, capacity: table.dimensions) { row in
            row.initialize(repeating: 0)
            guard let start = row.baseAddress, table.add(pieces.ids[0], to: start) else { return .infinity }
            return row.reduce(0) { $0 + $1 * $1 }.squareRoot()
        }
    }

    private static let doing = Set(["做", "制作", "弄", "make", "do"].map { WordHash.of(Substring($0)) })
    private static let light: Float = 1.2
    private static let lightHan: Float = 0.45

    /// Above 0 where they are alike enough, and more the more they are.
    mutating func resemblance(_ word: PromptWord, _ twin: PromptWord) -> Float {
        guard word.mayResemble(twin) else { return 0 }
        one.take(word.text)
        other.take(twin.text)
        guard one.knownShare == 1, other.knownShare == 1 else { return 0 }
        var cosine: Float = 0
        for index in one.numbers.indices { cosine += one.numbers[index] * other.numbers[index] }
        let shared = zip(word.text, twin.text).prefix { $0 == $1 }.count
        let isLonger = shared == min(word.text.count, twin.text.count)
        let leastOfHan = isLonger ? Self.leastOfLongerHan : Self.leastOfHan
        let least = word.isHan ? leastOfHan : shared >= 5 ? Self.leastOfForms : Self.least
        // words in pieces have the vectors of the pieces
        let isWhole = word.isHan || one.tokenCount == 1 && other.tokenCount == 1 || shared >= 5
        return isWhole && cosine >= least ? cosine : 0
    }
}
