/// Opens the directory of a sentence encoder: a BERT-family model in Hugging Face layout, or a model2vec model.
package enum EncoderFiles {
    /// Reads the files and keeps what it needs of them in memory; they may change or go afterwards.
    package static func open(
        directory: String, options: EncoderOptions = EncoderOptions()
    ) throws(EncoderFault) -> any SentenceModel {
        let home = ModelDirectory(directory)
        let modules = try SentenceModules(in: home, pooling: options.pooling)
        let root = try modules.transformer.map { path throws(EncoderFault) in try home.below(path) } ?? home
        let config = try root.json("config.json")
        let name = options.name ?? home.lastPart
        switch try family(of: config, place: root.path(of: "config.json")) {
        case .staticVectors:
            return try StaticEncoder(name: name, directory: root, config: config, options: options)
        case .bert:
            return try BERTEncoder(
                name: name, home: home, root: root, config: config, modules: modules, options: options)
        }
    }

    private enum Family {
        case bert, staticVectors
    }

    private static func family(of config: JSONTree, place: String) throws(EncoderFault) -> Family {
        let architectures = config["architectures"]?.elements?.compactMap(\.string) ?? []
        let type = config["model_type"]?.string
        if type == "model2vec" || architectures.contains("StaticModel") { return .staticVectors }
        // Models saved for another task carry the same layers under the prefix `bert.`.
        let isBERT = architectures.isEmpty ? type == "bert" : architectures.contains { $0.hasPrefix("Bert") }
        if isBERT, type == nil || type == "bert" { return .bert }
        let found = architectures.isEmpty ? type ?? "none" : architectures.joined(separator: ", ")
        throw EncoderFault(
            place,
            "expected the architecture BertModel or a model2vec StaticModel, found \(found.prefix(80)); "
                + "use a BERT-family sentence encoder, a model2vec directory, or an embeddings endpoint")
    }
}
