import Testing

/// Encoders of random weights, small enough for a test to write; scripts/encoder-vectors.py makes the same ones and
/// says what their vectors are.
struct TinyEncoder {
    var width = 32
    var layers = 2
    var heads = 4
    var inner = 64
    var kind = "F32"
    /// Before every tensor's name.
    var prefix = ""
    var hasOldNames = false

    static let even = TinyEncoder()
    static let odd = TinyEncoder(width: 20, heads: 2, inner: 27)

    static let texts = [
        "", "the cat sat on the mat", "write code", "天 气 zebra 猫", String(repeating: "the dog ", count: 20),
    ]
    static let words = "the a cat dog sat on mat code write run ##s ##ing 天 气 猫 我".split(separator: " ").map(
        String.init)
    static let tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + words
    static let positions = 16

    func write(pooling: String = "mean_tokens") throws -> ModelFolder {
        let folder = try ModelFolder()
        try folder.write("config.json", config)
        try folder.write("tokenizer.json", Self.tokenizer())
        try folder.write(
            "1_Pooling/config.json", "{\"word_embedding_dimension\":\(width),\"pooling_mode_\(pooling)\":true}")
        try folder.write("model.safetensors", weights().bytes)
        return folder
    }

    var config: String {
        """
        {"architectures":["BertModel"],"model_type":"bert","hidden_act":"gelu","hidden_size":\(width),\
        "num_hidden_layers":\(layers),"num_attention_heads":\(heads),"intermediate_size":\(inner),\
        "layer_norm_eps":1e-12,"vocab_size":\(Self.tokens.count),"max_position_embeddings":\(Self.positions),"type_vocab_size":2}
        """
    }

    static func tokenizer(
        normalizer: String = "{\"type\":\"BertNormalizer\",\"lowercase\":true,\"strip_accents\":null}",
        preTokenizer: String = "{\"type\":\"BertPreTokenizer\"}", processor: String? = nil, model: String = "WordPiece",
        prefix: String = "##"
    ) -> String {
        let vocabulary = tokens.enumerated().map { "\"\($1)\":\($0)" }.joined(separator: ",")
        let usual = """
            {"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"[CLS]","type_id":0}},\
            {"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"[SEP]","type_id":0}}],\
            "special_tokens":{"[CLS]":{"id":"[CLS]","ids":[2]},"[SEP]":{"id":"[SEP]","ids":[3]}}}
            """
        return """
            {"version":"1.0","added_tokens":[{"id":0,"content":"[PAD]"}],"normalizer":\(normalizer),\
            "pre_tokenizer":\(preTokenizer),"post_processor":\(processor ?? usual),"model":{"type":"\(model)",\
            "unk_token":"[UNK]","continuing_subword_prefix":"\(prefix)","vocab":{\(vocabulary)}}}
            """
    }

    /// The tensors in the order in which the script draws them.
    func weights() -> SafetensorsText {
        var random = RandomNumbers(seed: 2026)
        var file = SafetensorsText()
        func add(_ name: String, _ shape: [Int], scale: Float = 1, offset: Float = 0) {
            let numbers = (0..<shape.reduce(1, *)).map { _ in random.weight() * scale + offset }
            file.add(prefix + name, shape, numbers, kind: kind)
        }
        func norm(_ name: String) {
            add("\(name).\(hasOldNames ? "gamma" : "weight")", [width], offset: 1)
            add("\(name).\(hasOldNames ? "beta" : "bias")", [width])
        }
        func linear(_ name: String, _ outputs: Int, _ inputs: Int) {
            add("\(name).weight", [outputs, inputs], scale: 0.25)
            add("\(name).bias", [outputs])
        }
        add("embeddings.word_embeddings.weight", [Self.tokens.count, width])
        add("embeddings.position_embeddings.weight", [Self.positions, width])
        add("embeddings.token_type_embeddings.weight", [2, width])
        norm("embeddings.LayerNorm")
        for layer in 0..<layers {
            let name = "encoder.layer.\(layer)."
            for part in ["query", "key", "value"] { linear("\(name)attention.self.\(part)", width, width) }
            linear("\(name)attention.output.dense", width, width)
            norm("\(name)attention.output.LayerNorm")
            linear("\(name)intermediate.dense", inner, width)
            linear("\(name)output.dense", width, inner)
            norm("\(name)output.LayerNorm")
        }
        return file
    }
}
