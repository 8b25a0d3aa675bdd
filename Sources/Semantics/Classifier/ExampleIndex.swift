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
    /// Numbers of a vector, a multiple of 8.
    private let width: Int
    private let numbers: [Int16]
    private let postings: Postings

    /// What 1 is in a row. Products of two vectors of length 1 stay far below 2^31.
    private static let one: Float = 16384

    /// - Parameter counted: how many of `rows`, from the first on, say how rare a gram is.
    init(_ rows: [Row], counted: Int, dimensions: Int) {
        count = rows.count
        width = (dimensions + 7) & ~7
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

    /// Cosine to every example; beyond `count` up to a multiple of 4, zeros.
    func cosines(
        vector: [Float], share: Float, sparse: SparseVector, quantised: inout [Int16], into cosines: inout [Float]
    ) {
        let room = (count + 3) & ~3
        if cosines.count != room { cosines = [Float](repeating: 0, count: room) }
        if quantised.count != width { quantised = [Int16](repeating: 0, count: width) }
        Self.quantise(vector, share, into: &quantised, at: 0)
        cosines.withUnsafeMutableBufferPointer { cosines in
            guard let sums = cosines.baseAddress else { return }
            for index in 0..<room { sums[index] = 0 }
            let factor = postings.add(sparse, share: share, to: sums)
            products(quantised, factor, into: sums)
        }
    }

    /// Adds the vectors' part to the grams' times a factor. In whole numbers, which add up to the same in any order.
    private func products(_ vector: [Int16], _ factor: Float, into sums: UnsafeMutablePointer<Float>) {
        let unit = 1 / (Self.one * Self.one)
        numbers.withUnsafeBufferPointer { numbers in
            vector.withUnsafeBufferPointer { vector in
                guard let row = numbers.baseAddress, let other = vector.baseAddress else {
                    for example in 0..<count { sums[example] *= factor }
                    return
                }
                let tiled = count & ~3
                for example in stride(from: 0, to: tiled, by: 4) {
                    let four = Self.products(row + example * width, other, width)
                    for index in 0..<4 {
                        sums[example + index] = Float(four[index]) * unit + sums[example + index] * factor
                    }
                }
                for example in tiled..<count {
                    let sum = Self.product(row + example * width, other, width)
                    sums[example] = Float(sum) * unit + sums[example] * factor
                }
            }
        }
    }

    /// With four rows at once.
    @inline(__always)
    private static func products(
        _ row: UnsafePointer<Int16>, _ right: UnsafePointer<Int16>, _ count: Int
    ) -> SIMD4<Int32> {
        let (second, third, fourth) = (row + count, row + 2 * count, row + 3 * count)
        var (a, b, c, d): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
        for index in 0..<count {
            let other = Int32(right[index])
            a &+= Int32(row[index]) &* other
            b &+= Int32(second[index]) &* other
            c &+= Int32(third[index]) &* other
            d &+= Int32(fourth[index]) &* other
        }
        return SIMD4(a, b, c, d)
    }

    @inline(__always)
    private static func product(_ left: UnsafePointer<Int16>, _ right: UnsafePointer<Int16>, _ count: Int) -> Int32 {
        var sum: Int32 = 0
        for index in 0..<count { sum &+= Int32(left[index]) &* Int32(right[index]) }
        return sum
    }
}
