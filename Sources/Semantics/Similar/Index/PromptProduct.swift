/// The sum of products of two prompts' vectors, sixteen numbers at a time.
enum PromptProduct {
    /// - Parameters:
    ///   - vector: `PromptPrint.dimensions` numbers of eight bits, none above 63.
    ///   - question: as many of sixteen bits, none above 63.
    @inline(__always)
    static func of(_ vector: UnsafeRawPointer, _ question: UnsafeRawPointer) -> Int32 {
        // eight products of at most 63 * 63 fit each of the sixteen sums
        var sums = SIMD16<Int16>.zero
        for index in stride(from: 0, to: PromptPrint.dimensions, by: 16) {
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
}
