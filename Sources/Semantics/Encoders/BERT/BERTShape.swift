/// The sizes of a BERT model, by its config.json.
struct BERTShape: Sendable, Equatable {
    /// Numbers of each token's vector.
    var width = 0
    var layers = 0
    var heads = 0
    /// Numbers of the inner layer of each feed-forward part.
    var inner = 0
    var vocabulary = 0
    var positions = 0
    var types = 0
    var epsilon: Float = 1e-12

    var headWidth: Int { width / heads }

    init(_ config: JSONTree, place: String) throws(EncoderFault) {
        func size(_ name: String, _ most: Int, least: Int = 1, default usual: Int? = nil) throws(EncoderFault) -> Int {
            if config[name] == nil, let usual { return usual }
            guard let value = config[name]?.integer, (least...most).contains(value) else {
                throw EncoderFault(
                    "\(place): \(name)", "expected \(least) to \(most), found something else; copy the file again")
            }
            return value
        }
        width = try size("hidden_size", 1 << 13)
        layers = try size("num_hidden_layers", 256)
        heads = try size("num_attention_heads", 256)
        inner = try size("intermediate_size", 1 << 16)
        vocabulary = try size("vocab_size", 1 << 24)
        // a text is [CLS], a token and [SEP] at least
        positions = try size("max_position_embeddings", 1 << 14, least: 3)
        types = try size("type_vocab_size", 64, default: 2)
        if let value = config["layer_norm_eps"]?.number, value > 0, value < 1 { epsilon = Float(value) }
        guard width.isMultiple(of: heads) else {
            throw EncoderFault(
                "\(place): num_attention_heads",
                "expected a divisor of hidden_size \(width), found \(heads); "
                    + "copy the file again")
        }
        try Self.expect("gelu", "hidden_act", config, place: place)
        try Self.expect("absolute", "position_embedding_type", config, place: place)
    }

    private static func expect(
        _ expected: String, _ name: String, _ config: JSONTree, place: String
    ) throws(EncoderFault) {
        let found = config[name]?.string ?? expected
        guard found == expected else {
            throw EncoderFault(
                "\(place): \(name)",
                "expected \(expected), found \(found.prefix(40)); "
                    + "use another model, or an embeddings endpoint")
        }
    }
}
