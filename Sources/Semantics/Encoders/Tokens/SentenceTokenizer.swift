/// Texts as the ids of a model's tokens.
struct SentenceTokenizer: Sendable {
    /// Put before every text.
    let prefix: String
    /// Ids of one text, at most; the ones around it among them.
    let limit: Int
    private let vocabulary: WordPieceVocabulary
    private let opening: [Int32]
    private let closing: [Int32]

    /// - Parameter isFramed: whether `[CLS]` and `[SEP]` stand around a text.
    init(_ file: TokenizerFile, isFramed: Bool, prefix: String, limit: Int) {
        vocabulary = file.vocabulary
        opening = isFramed ? file.opening.map { [$0] } ?? [] : []
        closing = isFramed ? file.closing.map { [$0] } ?? [] : []
        self.prefix = prefix
        self.limit = limit
    }

    /// The id of words that no tokens make up.
    var unknown: Int32? { vocabulary.unknown }

    func ids(of text: String) -> [Int32] {
        var text = prefix.isEmpty ? text : prefix + text
        let room = max(limit - opening.count - closing.count, 0)
        return opening + text.withUTF8 { vocabulary.ids(of: UnsafeRawBufferPointer($0), limit: room) } + closing
    }
}
