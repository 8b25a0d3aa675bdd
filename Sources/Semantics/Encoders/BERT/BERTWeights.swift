/// A BERT model in memory: never written again, read by all threads.
struct BERTWeights: Sendable {
    let shape: BERTShape
    let words: TensorRows
    /// By position, the vector of the first token type added.
    let positions: FloatBlock
    let norm: BERTNorm
    let layers: [BERTLayer]

    init(_ shape: BERTShape, path: String) throws(EncoderFault) {
        let file = try BERTTensors(path)
        let width = shape.width
        self.shape = shape
        let words = try file.tensor("embeddings.word_embeddings.weight", [shape.vocabulary, width])
        let positions = try file.tensor("embeddings.position_embeddings.weight", [shape.positions, width])
        let types = try file.tensor("embeddings.token_type_embeddings.weight", [shape.types, width])
        self.words = try TensorRows(words, in: file.file)
        self.positions = try file.file.floats(positions)
        let type = try file.file.floats(types)
        for position in 0..<shape.positions {
            RowMath.add(type.numbers, to: self.positions.numbers + position * width, count: width)
        }
        withExtendedLifetime(type) {}
        norm = try BERTNorm("embeddings.LayerNorm", width: width, in: file)
        var layers: [BERTLayer] = []
        for index in 0..<shape.layers { layers.append(try BERTLayer(index, shape, in: file)) }
        self.layers = layers
    }
}
