/// The static vector of a text: the rows of its tokens in the built-in table, summed and of length 1.
package enum SentenceEncoder {
    /// Numbers of a vector.
    package static let dimensions = BuiltInTable.pieces?.dimensions ?? 256

    /// Writes the vector of a text, UTF-8, any bytes; zero if none of its tokens is known.
    /// - Parameter vector: `dimensions` long.
    package static func embed(
        _ text: UnsafeRawBufferPointer, into vector: UnsafeMutableBufferPointer<Float>, _ scratch: JudgeScratch
    ) {
        scratch.features.takeVector(text)
        for index in 0..<min(vector.count, dimensions) { vector[index] = scratch.features.vector.numbers[index] }
    }

    /// The same with memory of its own, for a text now and then.
    package static func embed(_ text: UnsafeRawBufferPointer, into vector: UnsafeMutableBufferPointer<Float>) {
        embed(text, into: vector, JudgeScratch())
    }
}
