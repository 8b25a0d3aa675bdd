/// A sentence encoder of the BERT family: MiniLM, BGE, E5, GTE.
final class BERTEncoder: SentenceModel {
    let name: String
    private let tokenizer: SentenceTokenizer
    private let weights: BERTWeights
    private let pooling: Pooling
    private let library: OpenBLAS

    /// Tokens that go through the layers together, unless one text has more: beyond, products gain no more speed.
    private static let batchTokens = 256

    /// - Parameters:
    ///   - home: the model's directory.
    ///   - root: where the transformer lies in it.
    init(
        name: String, home: ModelDirectory, root: ModelDirectory, config: JSONTree, modules: SentenceModules,
        options: EncoderOptions
    ) throws(EncoderFault) {
        let shape = try BERTShape(config, place: root.path(of: "config.json"))
        let tokens = try TokenizerFile(in: root)
        try Self.check(tokens, shape, place: root.directory)
        let longest = [modules.longestText, options.maximumTokens].compactMap(\.self).reduce(shape.positions, min)
        self.name = name
        tokenizer = SentenceTokenizer(tokens, isFramed: true, prefix: options.prefix, limit: max(longest, 3))
        pooling = modules.pooling ?? .mean
        library = try OpenBLAS.loaded()
        weights = try BERTWeights(shape, path: try root.weights())
        let probe = try embed([""])
        guard probe.allSatisfy({ $0.allSatisfy(\.isFinite) }) else {
            throw EncoderFault(
                root.path(of: "model.safetensors"),
                "expected weights that give numbers, found infinities; copy the file again")
        }
    }

    var dimensions: Int { weights.shape.width }

    func embed(_ texts: [String]) throws(EncoderFault) -> [[Float]] {
        library.useThisThreadOnly()
        var vectors: [[Float]] = []
        vectors.reserveCapacity(texts.count)
        var batch: [[Int32]] = []
        var count = 0
        for text in texts {
            let ids = tokenizer.ids(of: text)
            if count + ids.count > Self.batchTokens, count > 0 {
                vectors += BERTBatch(batch, weights, library).vectors(pooling)
                (batch, count) = ([], 0)
            }
            batch.append(ids)
            count += ids.count
        }
        if !batch.isEmpty { vectors += BERTBatch(batch, weights, library).vectors(pooling) }
        return vectors
    }

    private static func check(_ tokens: TokenizerFile, _ shape: BERTShape, place: String) throws(EncoderFault) {
        guard tokens.tokens.count <= shape.vocabulary else {
            throw EncoderFault(
                place,
                "expected at most \(shape.vocabulary) tokens by config.json, found \(tokens.tokens.count) in the "
                    + "tokenizer; use the files of one model")
        }
        guard let opening = tokens.opening, let closing = tokens.closing,
            (0..<Int32(shape.vocabulary)).contains(opening), (0..<Int32(shape.vocabulary)).contains(closing)
        else {
            throw EncoderFault(
                place, "expected the tokens [CLS] and [SEP], found none; use a model with a BERT tokenizer")
        }
    }
}
