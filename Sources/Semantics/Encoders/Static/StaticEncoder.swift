/// A model2vec model: a text's vector is the mean of its tokens' vectors, which need no context. No library computes.
final class StaticEncoder: SentenceModel {
    let name: String
    private let tokenizer: SentenceTokenizer
    private let vectors: TensorRows
    /// By token; empty: all count the same.
    private let weights: [Float]
    /// By token, the row of its vector; empty: the token's id.
    private let rows: [Int32]
    private let normalises: Bool

    /// Tokens of the longest text, where neither config.json nor the options say another number.
    private static let usualLimit = 512

    init(
        name: String, directory: ModelDirectory, config: JSONTree, options: EncoderOptions
    ) throws(EncoderFault) {
        let file = try SafetensorsFile(try directory.weights())
        // Sentence Transformers saves the same model under another name.
        let tensor = try file.tensor(file.tensors["embedding.weight"] == nil ? "embeddings" : "embedding.weight")
        vectors = try TensorRows(tensor, in: file)
        let tokens = try TokenizerFile(in: directory)
        let count = tokens.tokens.count
        weights = file.tensors["weights"] == nil ? [] : try Self.numbers("weights", count: count, in: file)
        rows = file.tensors["mapping"] == nil ? [] : try Self.mapping(file, count: count, below: vectors.rows)
        guard !rows.isEmpty || count <= vectors.rows else {
            throw EncoderFault(
                "\(file.path): \(tensor.name)",
                "expected a vector for each of \(count) tokens, found \(vectors.rows); "
                    + "use the files of one model")
        }
        if options.pooling == .cls {
            throw EncoderFault(
                directory.directory, "expected the pooling mean for a model2vec model, found cls; leave it out")
        }
        let limit = options.maximumTokens ?? config["max_length"]?.integer ?? Self.usualLimit
        self.name = name
        tokenizer = SentenceTokenizer(tokens, isFramed: false, prefix: options.prefix, limit: max(limit, 1))
        normalises = config["normalize"]?.bool ?? false
    }

    var dimensions: Int { vectors.columns }

    /// A text without a known token is zeros.
    func embed(_ texts: [String]) throws(EncoderFault) -> [[Float]] {
        let row = FloatBlock(count: dimensions)
        return withExtendedLifetime(row) { texts.map { vector($0, row.numbers) } }
    }

    /// - Parameter row: memory for a token's vector.
    private func vector(_ text: String, _ row: UnsafeMutablePointer<Float>) -> [Float] {
        var sum = [Float](repeating: 0, count: dimensions)
        // Unknown words say nothing.
        let ids = tokenizer.ids(of: text).filter { $0 != tokenizer.unknown }
        sum.withUnsafeMutableBufferPointer { sum in
            guard let sum = sum.baseAddress else { return }
            for id in ids { add(Int(id), row, to: sum) }
            finish(sum, tokens: ids.count)
        }
        return sum
    }

    private func add(_ id: Int, _ row: UnsafeMutablePointer<Float>, to sum: UnsafeMutablePointer<Float>) {
        vectors.copy(rows.isEmpty ? id : Int(rows[id]), into: row)
        let weight = weights.isEmpty ? 1 : weights[id]
        RowMath.update(sum, row, count: dimensions) { $0 + $1 * weight }
    }

    private func finish(_ sum: UnsafeMutablePointer<Float>, tokens: Int) {
        let length = RowMath.sum(sum, count: dimensions) { $0 * $0 }.squareRoot()
        guard length > 0 else { return }
        let scale = normalises ? 1 / length : 1 / Float(tokens)
        RowMath.update(sum, sum, count: dimensions) { lanes, _ in lanes * scale }
    }

    private static func numbers(_ name: String, count: Int, in file: SafetensorsFile) throws(EncoderFault) -> [Float] {
        let tensor = try file.tensor(name, shape: [count])
        let block = try file.floats(tensor)
        return withExtendedLifetime(block) { Array(UnsafeBufferPointer(start: block.numbers, count: count)) }
    }

    /// The rows of tokens that share vectors.
    private static func mapping(
        _ file: SafetensorsFile, count: Int, below limit: Int
    ) throws(EncoderFault) -> [Int32] {
        let place = "\(file.path): mapping"
        guard let tensor = file.tensors["mapping"], tensor.kind == .int64 || tensor.kind == .int32,
            tensor.shape == [count]
        else {
            throw EncoderFault(place, "expected \(count) numbers I64 or I32, found others; use the files of one model")
        }
        let rows = try file.bytes(tensor).withUnsafeBytes { bytes in
            (0..<count).map { index in
                tensor.kind == .int64
                    ? Int(bytes.loadUnaligned(fromByteOffset: 8 * index, as: Int64.self))
                    : Int(bytes.loadUnaligned(fromByteOffset: 4 * index, as: Int32.self))
            }
        }
        guard rows.allSatisfy({ (0..<limit).contains($0) }) else {
            throw EncoderFault(place, "expected rows below \(limit), found others; use the files of one model")
        }
        return rows.map(Int32.init)
    }
}
