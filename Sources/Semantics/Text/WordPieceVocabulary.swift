/// The tokens of a WordPiece tokenizer and how BERT's way of cutting is set: its ids for a text are those of the
/// original (`BertNormalizer`, `BertPreTokenizer`, `WordPiece` of Hugging Face's tokenizers), without special tokens.
package struct WordPieceVocabulary: Sendable {
    /// How a text is changed and cut before tokens are looked up.
    struct Form: Sendable, Equatable {
        var lowercases = true
        var stripsAccents = true
        /// Each ideograph is a word.
        var handlesChinese = true
    }

    let form: Form
    /// What a word becomes that no tokens make up; nil if the vocabulary has no such token: the word is left out.
    package let unknown: Int32?
    /// How many tokens there are.
    package let count: Int

    private let table: TokenTable

    /// - Parameters:
    ///   - tokens: by id, in the spelling of a `vocab.txt`: inner pieces of words begin with `prefix`.
    ///   - stripsAccents: where a tokenizer.json says null, it is what `lowercases` is.
    package init(
        tokens: [String], lowercases: Bool = true, stripsAccents: Bool = true, handlesChinese: Bool = true,
        unknown: String = "[UNK]", prefix: String = "##"
    ) {
        form = Form(lowercases: lowercases, stripsAccents: stripsAccents, handlesChinese: handlesChinese)
        count = tokens.count
        var table = TokenTable(capacity: tokens.count, bytes: tokens.reduce(0) { $0 + $1.utf8.count })
        var mark: Int32?
        for (id, token) in tokens.enumerated() {
            if token == unknown { mark = Int32(id) }
            // By bytes: a mark that follows the prefix would be one character with its end.
            let isInner = !prefix.isEmpty && token.utf8.starts(with: prefix.utf8)
            table.add(token.utf8.dropFirst(isInner ? prefix.utf8.count : 0), id: Int32(id), isInner: isInner)
        }
        self.table = table
        self.unknown = mark
    }

    /// The ids of a text, at most `limit`.
    package func ids(of text: UnsafeRawBufferPointer, limit: Int) -> [Int32] {
        var pieces = WordPieces()
        ids(of: text, limit: limit, &pieces)
        return pieces.ids
    }

    /// The ids of a text, at most `limit`, into `pieces.ids`; it allocates nothing once `pieces` has grown.
    package func ids(of text: UnsafeRawBufferPointer, limit: Int, _ pieces: inout WordPieces) {
        pieces.beginText()
        pieces.begin(limit: limit)
        var walk = UTF8Walk(text)
        while !pieces.isFull, let scalar = walk.next() { pieces.take(scalar, self) }
        pieces.endWord(self)
    }

    /// The ids of a part of a text that has been read.
    func ids(of scalars: UnsafeBufferPointer<UInt32>, limit: Int, _ pieces: inout WordPieces) {
        pieces.begin(limit: limit)
        for scalar in scalars {
            if pieces.isFull { break }
            pieces.take(scalar, self)
        }
        pieces.endWord(self)
    }

    /// The id of a token that begins a word, or stands alone.
    package func id(of token: String) -> Int32? {
        var token = token
        return token.withUTF8 { table.find(UnsafeRawBufferPointer($0), isInner: false) }
    }

    /// The spelling of a token, with the prefix `##` where it is an inner piece; nil if there is no such id.
    func token(_ id: Int32) -> String? { table.token(id) }

    /// Greedy longest match; false if some part is no token.
    @inline(__always)
    func cut(_ word: UnsafeRawBufferPointer, _ hashes: inout [UInt64], _ add: (Int32) -> Void) -> Bool {
        table.cut(word, &hashes, add)
    }
}
