/// What modules.json, 1_Pooling/config.json and sentence_bert_config.json say about how token vectors become sentences.
struct SentenceModules: Sendable {
    /// Where the transformer lies below the model's directory; nil: right there.
    var transformer: String?
    /// nil where nothing says it.
    var pooling: Pooling?
    /// Tokens of the longest text; nil where nothing says it.
    var longestText: Int?

    /// - Parameter pooling: what a configuration says, whatever the files do.
    init(in home: ModelDirectory, pooling: Pooling? = nil) throws(EncoderFault) {
        var poolingPath = "1_Pooling"
        if let modules = try home.jsonIfPresent("modules.json")?.elements {
            for module in modules {
                let path = module["path"]?.string ?? ""
                switch Self.kind(module) {
                case "Transformer": transformer = path.isEmpty ? nil : path
                case "Pooling": poolingPath = path
                case "Normalize", "StaticEmbedding", "": break
                case let other:
                    throw EncoderFault(
                        home.path(of: "modules.json"),
                        "expected the modules Transformer, Pooling and Normalize, found \(other.prefix(40)); "
                            + "use a model without it, or an embeddings endpoint")
                }
            }
        }
        let directory = try home.below(poolingPath)
        self.pooling = pooling
        if pooling == nil, let config = try directory.jsonIfPresent("config.json"), !poolingPath.isEmpty {
            self.pooling = try Self.pooling(config, place: directory.path(of: "config.json"))
        }
        let root = try transformer.map { path throws(EncoderFault) in try home.below(path) } ?? home
        longestText = try root.jsonIfPresent("sentence_bert_config.json")?["max_seq_length"]?.integer
        if longestText == nil {
            longestText = try root.jsonIfPresent("tokenizer_config.json")?["model_max_length"]?.integer
        }
    }

    /// The last part of `sentence_transformers.models.Pooling`.
    private static func kind(_ module: JSONTree) -> Substring {
        module["type"]?.string?.split(separator: ".").last ?? ""
    }

    private static func pooling(_ config: JSONTree, place: String) throws(EncoderFault) -> Pooling {
        let prefix = "pooling_mode_"
        var modes = (config.members ?? []).filter { $0.name.hasPrefix(prefix) && $0.value.bool == true }
            .map { String($0.name.dropFirst(prefix.count)) }
        if let mode = config["pooling_mode"]?.string { modes = [mode] }
        switch modes {
        case ["mean_tokens"], ["mean"], []: return .mean
        case ["cls_token"], ["cls"]: return .cls
        default:
            throw EncoderFault(
                place,
                "expected pooling by mean_tokens or cls_token, found \(modes.joined(separator: ", ").prefix(80)); "
                    + "say mean or cls in the configuration, or use another model")
        }
    }
}
