internal import CVectors

/// The examples' features, laid out for finding how like a text is to all of them at once: the vectors as rows of
/// 16-bit numbers, the grams as `Postings`.
struct ExampleIndex: Sendable {
    /// What is seen of one example.
    struct Row: Sendable {
        /// Of length 1 or zero.
        var vector: [Float]
        /// The vector's part of the squared length of all features.
        var share: Float
        var places: [Int32]
        var values: [Float]
    }

    let count: Int
    /// Numbers of a vector, a multiple of 32.
    private let width: Int
    private let numbers: [Int16]
    private let postings: Postings

    /// What 1 is in a row. Products of two vectors of length 1 stay far below 2^31.
    private static let one: Float = 16384

    /// - Parameter counted: how many of `rows`, from the first on, say how rare a gram is.
    init(_ rows: [Row], counted: Int, dimensions: Int) {
        count = rows.count
        width = (dimensions + 31) & ~31
        postings = Postings(rows, counted: counted)
        var numbers = [Int16](repeating: 0, count: count * width)
        for (example, row) in rows.enumerated() {
            Self.quantise(row.vector, row.share, into: &numbers, at: example * width)
        }
        self.numbers = numbers
    }

    private static func quantise(_ vector: [Float], _ share: Float, into numbers: inout [Int16], at start: Int) {
        let factor = one * share.squareRoot()
        for index in vector.indices {
            let scaled = vector[index] * factor
            numbers[start + index] = Int16(scaled + (scaled < 0 ? -0.5 : 0.5))
        }
    }

    /// Cosine to every example; beyond `count` up to a multiple of 16, zeros.
    func cosines(
        vector: [Float], share: Float, sparse: SparseVector, quantised: inout [Int16], products: inout [Int32],
        into cosines: inout [Float]
    ) {
        let room = (count + 15) & ~15
        if cosines.count != room { cosines = [Float](repeating: 0, count: room) }
        if products.count != room { products = [Int32](repeating: 0, count: room) }
        if quantised.count != width { quantised = [Int16](repeating: 0, count: width) }
        Self.quantise(vector, share, into: &quantised, at: 0)
        cosines.withUnsafeMutableBufferPointer { cosines in
            products.withUnsafeMutableBufferPointer { products in
                guard let sums = cosines.baseAddress, let products = products.baseAddress else { return }
                for index in 0..<room { sums[index] = 0 }
                let factor = postings.add(sparse, share: share, to: sums)
                // In whole numbers, which add up to the same in any order.
                clawproxy_dots_i16(numbers, count, width, quantised, products)
                let unit = 1 / (Self.one * Self.one)
                for example in 0..<count {
                    sums[example] = Float(products[example]) * unit + sums[example] * factor
                }
            }
        }
    }
}
