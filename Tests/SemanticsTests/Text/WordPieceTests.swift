import Testing

@testable import Semantics

@Suite("WordPiece cuts as BERT's tokenizer does")
struct WordPieceTests {
    /// Texts and their ids by Hugging Face's tokenizers with the vocabulary of bert-base-uncased.
    static let rows: [(text: String, ids: [Int32])] = [
        ("Hello, World!", [7592, 1010, 2088, 999]),
        ("unaffable embeddings", [14477, 20961, 3468, 7861, 8270, 4667, 2015]),
        ("na\u{EF}ve caf\u{E9} R\u{C9}SUM\u{C9}", [15743, 7668, 13746]),
        ("don't can't", [2123, 1005, 1056, 2064, 1005, 1056]),
        ("def f(x): return x+1", [13366, 1042, 1006, 1060, 1007, 1024, 2709, 1060, 1009, 1015]),
        ("\u{5E2E}\u{6211}\u{5199}\u{4EE3}\u{7801}", [100, 1855, 100, 1760, 100]),
        ("\u{4ECA}\u{5929}ok\u{5417}", [100, 1811, 7929, 100]),
        ("\u{3053}\u{3093}\u{306B}\u{3061}\u{306F}", [1655, 30217, 30194, 30188, 30198]),
        (
            "\u{C548}\u{B155}\u{D558}\u{C138}\u{C694}",
            [1463, 30006, 30021, 29992, 30010, 30025, 30005, 30006, 29997, 30009, 29999, 30013]
        ),
        (
            "\u{41F}\u{440}\u{438}\u{432}\u{435}\u{442} \u{43C}\u{438}\u{440}",
            [1194, 16856, 10325, 25529, 15290, 22919, 1191, 10325, 16856]
        ),
        ("2+2=4", [1016, 1009, 1016, 1027, 1018]),
        ("https://example.com/a?b=c", [16770, 1024, 1013, 1013, 2742, 1012, 4012, 1013, 1037, 1029, 1038, 1027, 1039]),
        ("\u{0}a\u{9}b\u{85}c\u{200B}d", [1037, 4647, 2094]),
        (String(repeating: "x", count: 101), [100]),
        ("\u{1F600} \u{1F44D}\u{1F3FD} ok", [100, 100, 7929]),
        ("Stra\u{DF}e \u{130}stanbul", [2358, 27807, 9960]),
        ("\u{92E}\u{941}\u{91D}\u{947}", [100]),
        ("a\u{93E}b", [1037, 29876, 2497]),
        ("$5.00 ~ 10%", [1002, 1019, 1012, 4002, 1066, 2184, 1003]),
    ]

    static let small = WordPieceVocabulary(
        tokens: [
            "[UNK]", "un", "##aff", "##able", "##a", "a", "A", "b", ",", "\u{4E2D}", "caf\u{E9}", "cafe", "##\u{93E}",
        ])

    static func ids(_ text: String, _ vocabulary: WordPieceVocabulary, limit: Int = 1000) -> [Int32] {
        Array(text.utf8).withUnsafeBytes { vocabulary.ids(of: $0, limit: limit) }
    }

    @Test("The built-in vocabulary gives the original's ids", arguments: rows)
    func original(text: String, ids: [Int32]) throws {
        let table = try #require(BuiltInTable.pieces)
        var tokens: [String] = []
        for id in 0..<Int32(table.vocabulary.count) { tokens.append(try #require(table.vocabulary.token(id))) }
        #expect(Self.ids(text, WordPieceVocabulary(tokens: tokens)) == ids)
    }

    @Test(
        "The longest piece is taken first, and a word that cannot be made up is unknown as a whole",
        arguments: [
            ("unaffable", [1, 2, 3] as [Int32]), ("una", [1, 4]), ("una!", [1, 4, 0]), ("unx a", [0, 5]),
            ("A,b", [5, 8, 7]),
            ("", []), ("  \t\n", []), ("a\u{4E2D}b", [5, 9, 7]), ("Caf\u{C9}", [11]), ("cafe\u{301}", [11]),
            ("a\u{93E}", [5, 12]), ("\u{FFFD}a", [5]),
        ])
    func small(text: String, ids: [Int32]) { #expect(Self.ids(text, Self.small) == ids) }

    @Test("Case, accents and ideographs stay where a tokenizer says so")
    func forms() {
        let tokens = ["[UNK]", "A", "a", "caf\u{E9}", "\u{4E2D}\u{6587}", "\u{4E2D}"]
        let plain = WordPieceVocabulary(
            tokens: tokens, lowercases: false, stripsAccents: false, handlesChinese: false)
        #expect(Self.ids("A a caf\u{E9} \u{4E2D}\u{6587}", plain) == [1, 2, 3, 4])
        let low = WordPieceVocabulary(tokens: tokens, lowercases: true, stripsAccents: false)
        #expect(Self.ids("A CAF\u{C9} \u{4E2D}\u{4E2D}", low) == [2, 3, 5, 5])
    }

    @Test("Without a token for the unknown such words are left out")
    func noUnknown() {
        let vocabulary = WordPieceVocabulary(tokens: ["a"])
        #expect(vocabulary.unknown == nil)
        #expect(Self.ids("a x a", vocabulary) == [0, 0])
    }

    @Test("A limit cuts the ids, even within a word", arguments: 0...5)
    func limit(_ limit: Int) {
        let all = Self.ids("unaffable a, unaffable", Self.small)
        #expect(Self.ids("unaffable a, unaffable", Self.small, limit: limit) == Array(all.prefix(limit)))
    }

    @Test("A word of more than 100 letters is unknown, whatever it is made of")
    func longWord() {
        #expect(Self.ids(String(repeating: "a", count: 100), Self.small) == [5] + [Int32](repeating: 4, count: 99))
        #expect(Self.ids(String(repeating: "a", count: 101), Self.small) == [0])
        #expect(Self.ids(String(repeating: "x", count: 65536), Self.small) == [0])
    }

    @Test("An id is found by its token")
    func find() {
        #expect(Self.small.id(of: "un") == 1)
        #expect(Self.small.id(of: "aff") == nil)
        #expect(Self.small.count == 13)
    }
}
