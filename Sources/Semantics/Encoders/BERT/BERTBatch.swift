/// Texts that go through the layers together: their tokens' rows stand one after the other, without padding, so that
/// each product is one over all of them; attention looks at each text by itself.
struct BERTBatch {
    private let weights: BERTWeights
    private let library: OpenBLAS
    /// Where each text's rows are.
    private let texts: [Range<Int>]
    private let rows: Int
    /// A row of `shape.width` for each token: what a layer reads and leaves.
    private let hidden: FloatMatrix
    /// Query, key and value of each token.
    private let attended: FloatMatrix
    private let mixed: FloatMatrix
    private let inner: FloatMatrix
    private let scores: FloatBlock
    private let memory: FloatBlock

    /// Queries whose scores are computed at once: bounds the memory that long texts need.
    private static let queries = 64

    init(_ texts: [[Int32]], _ weights: BERTWeights, _ library: OpenBLAS) {
        self.weights = weights
        self.library = library
        var end = 0
        self.texts = texts.map { ids in
            defer { end += ids.count }
            return end..<end + ids.count
        }
        rows = end
        let shape = weights.shape
        memory = FloatBlock(count: rows * (5 * shape.width + shape.inner))
        hidden = FloatMatrix(memory.numbers, stride: shape.width)
        attended = FloatMatrix(hidden.numbers + rows * shape.width, stride: 3 * shape.width)
        mixed = FloatMatrix(attended.numbers + rows * attended.stride, stride: shape.width)
        inner = FloatMatrix(mixed.numbers + rows * shape.width, stride: shape.inner)
        scores = FloatBlock(count: Self.queries * (texts.map(\.count).max() ?? 0))
        for (range, ids) in zip(self.texts, texts) { embed(ids, from: range.lowerBound) }
    }

    /// The vectors of the texts, of length one.
    func vectors(_ pooling: Pooling) -> [[Float]] {
        withExtendedLifetime((weights, memory, scores)) {
            for layer in weights.layers {
                attend(layer)
                feedForward(layer)
            }
            return texts.map { vector($0, pooling) }
        }
    }

    private func row(_ matrix: FloatMatrix, _ row: Int) -> UnsafeMutablePointer<Float> {
        matrix.numbers + row * matrix.stride
    }

    private func embed(_ ids: [Int32], from first: Int) {
        let width = weights.shape.width
        for (position, id) in ids.enumerated() {
            let row = row(hidden, first + position)
            weights.words.copy(Int(id), into: row)
            RowMath.add(weights.positions.numbers + position * width, to: row, count: width)
        }
        for index in first..<first + ids.count { normalise(index, weights.norm) }
    }

    private func normalise(_ index: Int, _ norm: BERTNorm) {
        RowMath.normalise(
            row(hidden, index), weight: norm.weight.numbers, bias: norm.bias.numbers, count: weights.shape.width,
            epsilon: weights.shape.epsilon)
    }

    /// `result = input * weights`, or `+=`; the bias is the caller's.
    private func multiply(_ input: FloatMatrix, _ linear: BERTLinear, keeps: Bool, into result: FloatMatrix) {
        library.multiply(
            rows: rows, columns: linear.outputs, depth: linear.inputs, input,
            FloatMatrix(linear.weights.numbers, stride: linear.inputs), isTransposed: true, keeps: keeps, into: result)
    }

    /// Adds a product to what the layer began with, and normalises.
    private func addProduct(_ input: FloatMatrix, _ linear: BERTLinear, _ norm: BERTNorm) {
        for index in 0..<rows { RowMath.add(linear.bias.numbers, to: row(hidden, index), count: linear.outputs) }
        multiply(input, linear, keeps: true, into: hidden)
        for index in 0..<rows { normalise(index, norm) }
    }

    private func attend(_ layer: BERTLayer) {
        multiply(hidden, layer.attention, keeps: false, into: attended)
        for index in 0..<rows {
            RowMath.add(layer.attention.bias.numbers, to: row(attended, index), count: layer.attention.outputs)
        }
        for text in texts {
            for head in 0..<weights.shape.heads {
                for first in stride(from: text.lowerBound, to: text.upperBound, by: Self.queries) {
                    attend(head, first..<min(first + Self.queries, text.upperBound), in: text)
                }
            }
        }
        addProduct(mixed, layer.attentionOutput, layer.attentionNorm)
    }

    /// What one head gathers for some tokens from all tokens of their text.
    private func attend(_ head: Int, _ queries: Range<Int>, in text: Range<Int>) {
        let (width, depth, count) = (weights.shape.width, weights.shape.headWidth, text.count)
        let query = row(attended, queries.lowerBound) + head * depth
        let key = row(attended, text.lowerBound) + width + head * depth
        let table = FloatMatrix(scores.numbers, stride: count)
        library.multiply(
            rows: queries.count, columns: count, depth: depth, scale: 1 / Float(depth).squareRoot(),
            FloatMatrix(query, stride: attended.stride), FloatMatrix(key, stride: attended.stride), isTransposed: true,
            keeps: false, into: table)
        for index in 0..<queries.count { RowMath.softmax(row(table, index), count: count) }
        library.multiply(
            rows: queries.count, columns: depth, depth: count, table, FloatMatrix(key + width, stride: attended.stride),
            isTransposed: false, keeps: false,
            into: FloatMatrix(row(mixed, queries.lowerBound) + head * depth, stride: width))
    }

    private func feedForward(_ layer: BERTLayer) {
        multiply(hidden, layer.inner, keeps: false, into: inner)
        for index in 0..<rows {
            RowMath.gelu(row(inner, index), bias: layer.inner.bias.numbers, count: layer.inner.outputs)
        }
        addProduct(inner, layer.output, layer.outputNorm)
    }

    private func vector(_ text: Range<Int>, _ pooling: Pooling) -> [Float] {
        let width = weights.shape.width
        guard let first = text.first else { return [Float](repeating: 0, count: width) }
        let sum = row(hidden, first)
        if pooling == .mean {
            for index in text.dropFirst() { RowMath.add(row(hidden, index), to: sum, count: width) }
        }
        let length = RowMath.sum(sum, count: width) { $0 * $0 }.squareRoot()
        let scale = length > 0 ? 1 / length : 0
        return (0..<width).map { sum[$0] * scale }
    }
}
