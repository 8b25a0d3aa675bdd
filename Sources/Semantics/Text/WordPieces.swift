/// The cutting of one text into tokens; its memory is used again for the next.
package struct WordPieces: Sendable {
    /// What has been found.
    package private(set) var ids: [Int32] = []

    private var limit = 0
    private var word: [UInt8] = []
    private var wordLength = 0
    private var hashes: [UInt64] = []
    private var letters: [UInt32] = []
    /// See `PlainLetters.append`.
    private var slow = 0

    /// Scalars of a word above which it is unknown as a whole (`max_input_chars_per_word`).
    static let wordLimit = 100

    /// Scalars of a text that are taken apart the long way.
    private static let slowLimit = 256

    package init() {}

    /// Before the first part of a text.
    mutating func beginText() { slow = Self.slowLimit }

    mutating func begin(limit: Int) {
        ids.removeAll(keepingCapacity: true)
        word.removeAll(keepingCapacity: true)
        wordLength = 0
        self.limit = limit
    }

    var isFull: Bool { ids.count >= limit }

    /// Takes the next scalar of the text: BERT's cleaning, its ideographs, its accents, its case, its words, in one.
    mutating func take(_ scalar: UInt32, _ vocabulary: WordPieceVocabulary) {
        let kinds = ScalarKinds.of(scalar)
        if kinds.contains(.control) || scalar == UTF8Walk.replacement { return }
        if kinds.contains(.space) { return endWord(vocabulary) }
        let form = vocabulary.form
        let isAlone = form.handlesChinese && kinds.contains(.ideograph)
        if isAlone { endWord(vocabulary) }
        if scalar < 0x80 {
            letter(form.lowercases && scalar &- 0x41 < 26 ? scalar | 0x20 : scalar, kinds, vocabulary)
        } else {
            changed(scalar, form, vocabulary)
        }
        if isAlone { endWord(vocabulary) }
    }

    /// What accents and case leave of a scalar. Spaces may be among it, in theory; they end words like others.
    private mutating func changed(
        _ scalar: UInt32, _ form: WordPieceVocabulary.Form, _ vocabulary: WordPieceVocabulary
    ) {
        letters.removeAll(keepingCapacity: true)
        PlainLetters.append(scalar, accents: !form.stripsAccents, cases: !form.lowercases, slow: &slow, to: &letters)
        for index in letters.indices {
            let letter = letters[index]
            self.letter(letter, ScalarKinds.of(letter), vocabulary)
        }
    }

    @inline(__always)
    private mutating func letter(_ scalar: UInt32, _ kinds: ScalarKinds, _ vocabulary: WordPieceVocabulary) {
        if kinds.contains(.space) { return endWord(vocabulary) }
        let isAlone = kinds.contains(.punctuation)
        if isAlone { endWord(vocabulary) }
        wordLength += 1
        if wordLength <= Self.wordLimit { append(scalar) }
        if isAlone { endWord(vocabulary) }
    }

    @inline(__always)
    private mutating func append(_ scalar: UInt32) {
        if scalar < 0x80 { return word.append(UInt8(truncatingIfNeeded: scalar)) }
        if scalar < 0x800 {
            word.append(UInt8(truncatingIfNeeded: 0xC0 | scalar >> 6))
        } else {
            if scalar < 0x10000 {
                word.append(UInt8(truncatingIfNeeded: 0xE0 | scalar >> 12))
            } else {
                word.append(UInt8(truncatingIfNeeded: 0xF0 | scalar >> 18))
                word.append(UInt8(truncatingIfNeeded: 0x80 | scalar >> 12 & 0x3F))
            }
            word.append(UInt8(truncatingIfNeeded: 0x80 | scalar >> 6 & 0x3F))
        }
        word.append(UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F))
    }

    mutating func endWord(_ vocabulary: WordPieceVocabulary) {
        guard wordLength > 0 else { return }
        let before = ids.count
        var isKnown = false
        if wordLength <= Self.wordLimit {
            isKnown = word.withUnsafeBytes { word in
                vocabulary.cut(word, &hashes) { ids.append($0) }
            }
        }
        if !isKnown {
            ids.removeLast(ids.count - before)
            if let unknown = vocabulary.unknown { ids.append(unknown) }
        }
        if ids.count > limit { ids.removeLast(ids.count - limit) }
        word.removeAll(keepingCapacity: true)
        wordLength = 0
    }
}
