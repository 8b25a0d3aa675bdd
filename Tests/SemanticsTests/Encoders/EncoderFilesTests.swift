import Testing

@testable import Semantics

@Suite("Directories of encoders that cannot be opened say why")
struct EncoderFilesTests {
    private func refusal(_ folder: ModelFolder) -> EncoderFault? {
        do throws(EncoderFault) {
            _ = try folder.open()
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "a missing file is named", .enabled(if: Nearness.hasLibrary, Nearness.missing),
        arguments: ["config.json", "tokenizer.json", "model.safetensors"])
    func missing(name: String) throws {
        let folder = try TinyEncoder.even.write()
        try folder.remove(name)
        let fault = try #require(refusal(folder))
        #expect(fault.place == "\(folder.path)/\(name)")
        #expect(fault.message.hasSuffix("copy the model's whole directory here"))
    }

    @Test("weights of another format are named")
    func otherFormat() throws {
        let folder = try StaticEncoderTests.folder()
        try folder.remove("model.safetensors")
        try folder.write("pytorch_model.bin", "x")
        #expect(
            refusal(folder)?.message == "expected the weights in this one file, found pytorch_model.bin; "
                + "save the model as safetensors")
    }

    @Test("a library that is missing is named with its package")
    func library() throws {
        let fault = #expect(throws: EncoderFault.self) { try OpenBLAS.load("libopenblas-absent.so.0") }
        #expect(fault?.place == "libopenblas-absent.so.0")
        #expect(fault?.message.contains("install it (Debian, Ubuntu: apt install libopenblas0)") == true)
        let other = #expect(throws: EncoderFault.self) { try OpenBLAS.load("libm.so.6") }
        #expect(other?.message.hasPrefix("expected cblas_sgemm and openblas_set_num_threads in it") == true)
    }

    @Test("a directory that is not there is named")
    func absent() throws {
        let fault = #expect(throws: EncoderFault.self) { try EncoderFiles.open(directory: "/nonexistent/model") }
        #expect(
            fault?.description == "/nonexistent/model/config.json: expected a file of the model, found no such file or "
                + "directory; copy the model's whole directory here")
    }

    @Test(
        "what the program cannot compute is refused by its name",
        arguments: [
            (
                "\"BertModel\"", "\"NewModel\"",
                "expected the architecture BertModel or a model2vec StaticModel, found NewModel"
            ),
            ("\"model_type\":\"bert\"", "\"model_type\":\"xlm-roberta\"", "expected the architecture BertModel"),
            ("\"gelu\"", "\"silu\"", "expected gelu, found silu"),
            (
                "\"vocab_size\"", "\"position_embedding_type\":\"rotary\",\"vocab_size\"",
                "expected absolute, found rotary"
            ),
            ("\"num_attention_heads\":4", "\"num_attention_heads\":5", "expected a divisor of hidden_size 32, found 5"),
            ("\"num_attention_heads\":4", "\"num_attention_heads\":0", "expected 1 to 256"),
            ("\"hidden_size\":32", "\"hidden_size\":1e18", "expected 1 to 8192"),
            ("\"hidden_size\":32", "\"size\":32", "expected 1 to 8192"),
            ("\"vocab_size\":21", "\"vocab_size\":20", "expected at most 20 tokens by config.json, found 21"),
        ])
    func config(from: String, to: String, message: String) throws {
        let folder = try TinyEncoder.even.write()
        try folder.write("config.json", TinyEncoder.even.config.replacing(from, with: to))
        let fault = try #require(refusal(folder))
        #expect(fault.message.hasPrefix(message), "\(fault)")
        #expect(fault.message.contains("; "))
    }

    @Test(
        "sizes that disagree with the weights are refused", .enabled(if: Nearness.hasLibrary, Nearness.missing),
        arguments: [
            ("\"hidden_size\":32", "\"hidden_size\":64"), ("\"intermediate_size\":64", "\"intermediate_size\":65536"),
            ("\"vocab_size\":21", "\"vocab_size\":16777216"), ("\"type_vocab_size\":2", "\"type_vocab_size\":1"),
            ("\"max_position_embeddings\":16", "\"max_position_embeddings\":16384"),
        ])
    func shapes(from: String, to: String) throws {
        let folder = try TinyEncoder.even.write()
        try folder.write("config.json", TinyEncoder.even.config.replacing(from, with: to))
        let fault = try #require(refusal(folder))
        #expect(fault.message.hasPrefix("expected the shape ["), "\(fault)")
        #expect(fault.message.contains("by config.json"))
    }

    @Test("more layers than the weights have are refused", .enabled(if: Nearness.hasLibrary, Nearness.missing))
    func layers() throws {
        let folder = try TinyEncoder.even.write()
        try folder.write(
            "config.json",
            TinyEncoder.even.config.replacing("\"num_hidden_layers\":2", with: "\"num_hidden_layers\":256"))
        #expect(refusal(folder)?.message.hasPrefix("expected a tensor encoder.layer.2.") == true)
    }

    @Test("weights without sense are refused", .enabled(if: Nearness.hasLibrary, Nearness.missing))
    func infinities() throws {
        let folder = try TinyEncoder.even.write()
        var file = TinyEncoder.even.weights()
        for index in file.tensors.indices where file.tensors[index].name.hasSuffix("output.dense.weight") {
            file.tensors[index].bytes = file.tensors[index].bytes.map { _ in 0xFF }
        }
        try folder.write("model.safetensors", file.bytes)
        #expect(refusal(folder)?.message.hasPrefix("expected weights that give numbers") == true)
    }

    @Test("pooling that is neither mean nor CLS is refused, unless the configuration says one")
    func pooling() throws {
        let folder = try TinyEncoder.even.write(pooling: "max_tokens")
        let expected = "expected pooling by mean_tokens or cls_token, found max_tokens"
        #expect(refusal(folder)?.message.hasPrefix(expected) == true)
        #expect(try SentenceModules(in: ModelDirectory(folder.path), pooling: .cls).pooling == .cls)
    }

    @Test("modules that are unknown, or outside the directory, are refused")
    func modules() throws {
        let folder = try TinyEncoder.even.write()
        try folder.write("modules.json", "[{\"path\":\"3_Dense\",\"type\":\"sentence_transformers.models.Dense\"}]")
        #expect(
            refusal(folder)?.message.hasPrefix("expected the modules Transformer, Pooling and Normalize, found Dense")
                == true)
        for path in ["../other", "/etc", "a/../../b"] {
            try folder.write(
                "modules.json", "[{\"path\":\"\(path)\",\"type\":\"sentence_transformers.models.Transformer\"}]")
            #expect(refusal(folder)?.message.hasPrefix("expected paths inside the directory") == true)
        }
    }
}
