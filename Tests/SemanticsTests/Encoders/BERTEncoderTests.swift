import Dispatch
import Testing

@testable import Semantics

@Suite("Encoders of the BERT family", .enabled(if: Nearness.hasLibrary, Nearness.missing))
struct BERTEncoderTests {
    @Test(
        "vectors are those that numpy computes, whatever the type of the weights",
        arguments: ["F32", "F16", "BF16", "F64"])
    func kinds(kind: String) throws {
        let folder = try TinyEncoder(kind: kind).write()
        try expect(folder, TinyEncoderVectors.evenMean)
    }

    @Test("the first token's vector is taken where the model says so")
    func cls() throws {
        try expect(try TinyEncoder.even.write(pooling: "cls_token"), TinyEncoderVectors.evenCls)
    }

    @Test("the configuration's pooling goes before the model's")
    func pooling() throws {
        let folder = try TinyEncoder.even.write()
        try expect(folder, TinyEncoderVectors.evenCls, EncoderOptions(pooling: .cls))
    }

    @Test("widths need not be multiples of a vector's lanes")
    func oddWidths() throws {
        try expect(try TinyEncoder.odd.write(), TinyEncoderVectors.oddMean)
        try expect(try TinyEncoder.odd.write(pooling: "cls_token"), TinyEncoderVectors.oddCls)
    }

    @Test("older names of tensors are known")
    func oldNames() throws {
        try expect(try TinyEncoder(prefix: "bert.", hasOldNames: true).write(), TinyEncoderVectors.evenMean)
    }

    @Test("vocab.txt serves where there is no tokenizer.json")
    func plainVocabulary() throws {
        let folder = try TinyEncoder.even.write()
        try folder.remove("tokenizer.json")
        try folder.write("vocab.txt", TinyEncoder.tokens.map { "\($0)\n" }.joined())
        try expect(folder, TinyEncoderVectors.evenMean)
    }

    @Test("a transformer below the directory is found by modules.json")
    func modules() throws {
        let folder = try TinyEncoder.even.write()
        for name in ["config.json", "tokenizer.json", "model.safetensors"] {
            try folder.write("0_Transformer/\(name)", try folder.bytes(name))
            try folder.remove(name)
        }
        try folder.write(
            "modules.json",
            """
            [{"path":"0_Transformer","type":"sentence_transformers.models.Transformer"},\
            {"path":"1_Pooling","type":"sentence_transformers.models.Pooling"},\
            {"path":"2_Normalize","type":"sentence_transformers.models.Normalize"}]
            """)
        try expect(folder, TinyEncoderVectors.evenMean)
    }

    @Test("texts in one call get the vectors that they get alone, in their order")
    func batches() throws {
        let model = try TinyEncoder.even.write().open()
        var random = RandomNumbers(seed: 7)
        let texts = (0..<100).map { _ in
            (0..<Int.random(in: 0..<20, using: &random)).map { _ in
                TinyEncoder.words.randomElement(using: &random) ?? ""
            }
            .joined(separator: " ")
        }
        let together = try model.embed(texts)
        #expect(together.count == texts.count)
        for (text, vector) in zip(texts, together) {
            #expect(Nearness.distance(try model.embed([text])[0], vector) < 1e-5)
        }
        #expect(try model.embed([]).isEmpty)
    }

    @Test("the prefix stands before every text")
    func prefix() throws {
        let folder = try TinyEncoder.even.write()
        let plain = try folder.open()
        let prefixed = try folder.open(EncoderOptions(prefix: "write "))
        #expect(try prefixed.embed(["code"]) == plain.embed(["write code"]))
    }

    @Test("a text is cut at the model's limit, or below it at the configuration's")
    func limit() throws {
        let folder = try TinyEncoder.even.write()
        let short = try folder.open(EncoderOptions(maximumTokens: 4))
        #expect(try short.embed(["cat sat on the mat"]) == short.embed(["cat sat"]))
        #expect(try short.embed(["cat sat"]) != short.embed(["cat run"]))
        try folder.write("sentence_bert_config.json", "{\"max_seq_length\":3}")
        let shortest = try folder.open(EncoderOptions(maximumTokens: 1000))
        #expect(try shortest.embed(["cat sat"]) == shortest.embed(["cat"]))
    }

    @Test("it is called as its directory, unless the configuration says otherwise")
    func names() throws {
        let folder = try TinyEncoder.even.write()
        let model = try EncoderFiles.open(directory: folder.path + "/")
        #expect(folder.path.hasSuffix("/\(model.name)"))
        #expect(model.dimensions == 32)
        #expect(try folder.open(EncoderOptions(name: "tiny")).name == "tiny")
    }

    @Test("several threads may ask at once")
    func threads() throws {
        let model = try TinyEncoder.even.write().open()
        let expected = try model.embed(TinyEncoder.texts)
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            for _ in 0..<20 {
                let vectors = (try? model.embed(TinyEncoder.texts)) ?? []
                #expect(vectors == expected)
            }
        }
    }

    private func expect(
        _ folder: ModelFolder, _ expected: [[Float]], _ options: EncoderOptions = EncoderOptions()
    ) throws {
        let vectors = try folder.open(options).embed(TinyEncoder.texts)
        #expect(vectors.count == expected.count)
        for (vector, expected) in zip(vectors, expected) {
            #expect(Nearness.cosine(vector, expected) > 0.999_999)
            #expect(Nearness.distance(vector, expected) < 2e-5)
        }
    }
}
