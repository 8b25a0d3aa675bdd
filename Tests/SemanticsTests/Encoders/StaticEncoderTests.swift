import Testing

@testable import Semantics

@Suite("model2vec encoders")
struct StaticEncoderTests {
    /// Row n is (n, 1, -n / 2); of bytes, (n, 1, -n).
    static func folder(
        kind: String = "F32", config: String = "{\"model_type\":\"model2vec\",\"normalize\":false}", rows: Int = 21,
        name: String = "embeddings", more: (inout SafetensorsText) -> Void = { _ in }
    ) throws -> ModelFolder {
        let folder = try ModelFolder()
        try folder.write("config.json", config)
        try folder.write("tokenizer.json", TinyEncoder.tokenizer())
        var file = SafetensorsText()
        let last: Float = kind == "I8" ? -1 : -0.5
        let numbers = (0..<rows).flatMap { row -> [Float] in [Float(row), 1, Float(row) * last] }
        file.add(name, [rows, 3], numbers, kind: kind)
        more(&file)
        try folder.write("model.safetensors", file.bytes)
        return folder
    }

    // the 5, a 6, cat 7, dog 8, sat 9
    @Test("a text is the mean of its known tokens", arguments: ["F32", "F16", "BF16", "F64"])
    func mean(kind: String) throws {
        let model = try Self.folder(kind: kind).open()
        #expect(model.dimensions == 3)
        #expect(
            try model.embed(["the cat", "zebra dog", "", "zebra"]) == [
                [6, 1, -3], [8, 1, -4], [0, 0, 0], [0, 0, 0],
            ])
    }

    @Test("vectors may be bytes")
    func bytes() throws {
        #expect(try Self.folder(kind: "I8").open().embed(["the cat"]) == [[6, 1, -6]])
    }

    @Test("the length is one where config.json says so")
    func normalized() throws {
        let config = "{\"architectures\":[\"StaticModel\"],\"normalize\":true}"
        let vector = try Self.folder(config: config).open().embed(["the cat"])[0]
        let length = Float(36 + 1 + 9).squareRoot()
        #expect(Nearness.distance(vector, [6 / length, 1 / length, -3 / length]) < 1e-6)
    }

    @Test("tokens may have weights, and share rows")
    func weightsAndMapping() throws {
        let folder = try Self.folder(rows: 2) { file in
            file.add("weights", [21], (0..<21).map { Float($0) / 8 }, kind: "F64")
            file.add("mapping", [21], (0..<21).map { Float($0 % 2) }, kind: "I64")
        }
        // the: weight 5/8, row 1; dog: weight 1, row 0.
        let vector = try folder.open().embed(["the dog"])[0]
        #expect(vector == [0.3125, 0.8125, -0.15625])
    }

    @Test("a text is cut after the tokens that config.json or the options allow")
    func limit() throws {
        let config = "{\"model_type\":\"model2vec\",\"max_length\":2}"
        let folder = try Self.folder(config: config)
        #expect(try folder.open().embed(["the cat sat on"]) == [[6, 1, -3]])
        let one = try folder.open(EncoderOptions(maximumTokens: 1))
        #expect(try one.embed(["the cat sat on"]) == [[5, 1, -2.5]])
    }

    @Test("the tensor's name in Sentence Transformers is known")
    func otherName() throws {
        #expect(try Self.folder(name: "embedding.weight").open().embed(["the"]) == [[5, 1, -2.5]])
    }

    @Test("files of two models are refused")
    func refused() throws {
        func fault(_ folder: ModelFolder, _ options: EncoderOptions = EncoderOptions()) -> String {
            do throws(EncoderFault) {
                _ = try folder.open(options)
                return "opened"
            } catch {
                return error.message
            }
        }
        #expect(fault(try Self.folder(rows: 20)).hasPrefix("expected a vector for each of 21 tokens, found 20"))
        let mapping = try Self.folder { $0.add("mapping", [21], (0..<21).map { Float($0 + 1) }, kind: "I64") }
        #expect(fault(mapping).hasPrefix("expected rows below 21, found others"))
        let weights = try Self.folder { $0.add("weights", [2], [1, 2]) }
        #expect(fault(weights).hasPrefix("expected the shape [21]"))
        #expect(fault(try Self.folder(), EncoderOptions(pooling: .cls)).hasPrefix("expected the pooling mean"))
    }
}
