/// The sum of products of two prompts' vectors, sixteen numbers at a time.
enum PromptProduct {
    /// Numbers of the head of a vector; the tail has the rest.
    static let head = PromptPrint.dimensions / 2

    /// Of a part of both; at most 128 numbers.
    ///
    /// - Parameters:
    ///   - vector: `PromptPrint.dimensions` numbers of eight bits, none above 63.
    ///   - question: as many of sixteen bits, none above 63.
    @inline(__always)
    static func of(_ vector: UnsafeRawPointer, _ question: UnsafeRawPointer, from start: Int, to end: Int) -> Int32 {
        // eight products of at most 63 * 63 fit each of the sixteen sums
        var sums = SIMD16<Int16>.zero
        for index in stride(from: start, to: end, by: 16) {
            let numbers = vector.loadUnaligned(fromByteOffset: index, as: SIMD16<Int8>.self)
            let others = question.loadUnaligned(fromByteOffset: 2 * index, as: SIMD16<Int16>.self)
            sums &+= SIMD16<Int16>(truncatingIfNeeded: numbers) &* others
        }
        let wide = SIMD16<Int32>(truncatingIfNeeded: sums)
        let eight = wide.lowHalf &+ wide.highHalf
        let four = eight.lowHalf &+ eight.highHalf
        let two = four.lowHalf &+ four.highHalf
        return two.x &+ two.y
    }

    /// The length of a vector's tail, rounded up: the product of two tails is no more than that of their lengths
    /// (Cauchy and Schwarz).
    static func tailLength(_ vector: [Int8]) -> Int32 {
        let square = vector.dropFirst(head).reduce(Int32(0)) { $0 + Int32($1) * Int32($1) }
        return Int32(Double(square).squareRoot().rounded(.up))
    }
}
