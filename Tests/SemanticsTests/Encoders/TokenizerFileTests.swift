import Testing

@testable import Semantics

@Suite("Tokenizers of models")
struct TokenizerFileTests {
    private func read(_ text: String) throws -> TokenizerFile {
        let folder = try ModelFolder()
        try folder.write("tokenizer.json", text)
        return try TokenizerFile(in: ModelDirectory(folder.path))
    }

    @Test("tokens stand at their ids, and the special ones are known")
    func usual() throws {
        let file = try read(TinyEncoder.tokenizer())
        #expect(file.tokens == TinyEncoder.tokens)
        #expect(file.opening == 2 && file.closing == 3 && file.unknown == "[UNK]")
        #expect(file.lowercases && file.stripsAccents && file.handlesChinese)
    }

    @Test("what stands around a text is what the file says")
    func processors() throws {
        let bert = try read(
            TinyEncoder.tokenizer(processor: "{\"type\":\"BertProcessing\",\"sep\":[\"the\",5],\"cls\":[\"a\",6]}"))
        #expect(bert.opening == 6 && bert.closing == 5)
        let none = try read(TinyEncoder.tokenizer(processor: "null"))
        #expect(none.opening == 2 && none.closing == 3)
    }

    @Test("accents follow the case where nothing is said about them")
    func normalizers() throws {
        let cased = try read(TinyEncoder.tokenizer(normalizer: "{\"type\":\"BertNormalizer\",\"lowercase\":false}"))
        #expect(!cased.lowercases && !cased.stripsAccents && cased.handlesChinese)
        let steps = "{\"type\":\"NFD\"},{\"type\":\"Lowercase\"},{\"type\":\"StripAccents\"}"
        let sequence = try read(
            TinyEncoder.tokenizer(normalizer: "{\"type\":\"Sequence\",\"normalizers\":[\(steps)]}"))
        #expect(sequence.lowercases && sequence.stripsAccents && !sequence.handlesChinese)
    }

    @Test("tokens that Unicode calls equivalent stay two")
    func equivalents() throws {
        let text =
            "{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"[UNK]\":0,\"é\":1,\"e\u{301}\":2,\"\u{212B}\":3,\"Å\":4}},"
            + "\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"}}"
        let file = try read(text)
        #expect(file.tokens.count == 5)
        #expect(file.id(of: "é") == 1 && file.id(of: "e\u{301}") == 2 && file.id(of: "\u{212B}") == 3)
    }

    @Test(
        "other tokenizers are refused by their name",
        arguments: [
            (TinyEncoder.tokenizer(model: "Unigram"), "expected WordPiece, found Unigram"),
            (TinyEncoder.tokenizer(model: "BPE"), "expected WordPiece, found BPE"),
            (TinyEncoder.tokenizer(prefix: "@@"), "expected ##, found @@"),
            (
                TinyEncoder.tokenizer(normalizer: "{\"type\":\"Precompiled\"}"),
                "expected BertNormalizer, found Precompiled"
            ),
            (
                TinyEncoder.tokenizer(preTokenizer: "{\"type\":\"Metaspace\"}"),
                "expected BertPreTokenizer, found Metaspace"
            ),
            ("{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"a\":2000000000}}}", "expected ids from 0 to 1026"),
            ("{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"a\":-1}}}", "expected ids from 0 to 1026"),
            ("{\"model\":{\"type\":\"WordPiece\",\"vocab\":{}}}", "expected tokens with their ids, found none"),
            ("{\"model\":", "expected a value, found its end"),
            ("{\"model\":\"\u{FFFD}", "expected '\"' at the end of a text"),
            (String(repeating: "[", count: 100_000), "expected at most 64 levels of nesting"),
        ])
    func refused(text: String, message: String) throws {
        let fault = #expect(throws: EncoderFault.self) { try read(text) }
        #expect(fault?.message.hasPrefix(message) == true, "\(String(describing: fault))")
        #expect(fault?.message.contains("; ") == true)
    }

    @Test("JSON is read with its escapes")
    func escapes() throws {
        let tree = try JSONTree.read(
            Array(#"{"a\"\\\/\b\n":"\u4f60\ud83d\ude00\ud83dx","n":[-1.5e2,true,null]}"#.utf8), place: "x")
        #expect(tree["a\"\\/\u{8}\n"]?.string == "你😀\u{FFFD}x")
        #expect(tree["n"]?.elements?[0].number == -150)
        #expect(tree["n"]?.elements?[1].bool == true)
        #expect(tree["n"]?.elements?[2].isNull == true)
    }
}
