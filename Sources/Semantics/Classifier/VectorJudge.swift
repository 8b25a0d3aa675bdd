/// The same as `Judge` from vectors that an encoder made, together with the grams of the built-in features.
package final class VectorJudge: Sendable {
    package let names: [String]
    private let model: KernelModel
    private let dimensions: Int

    /// The vectors' part of the squared length of the features, and how much of that it loses where the text is of
    /// scripts without spaces.
    private static let share: Float = 0.7
    private static let easternLoss: Float = 0.7

    /// - Parameters:
    ///   - vectors: one for each example, in the order of the categories and their examples, then, if given,
    ///     one for each negative in the same order; all as long as the first. A missing one is zero.
    ///   - groups: as for `Judge`.
    package init(_ categories: [CategoryExamples], vectors: [[Float]], groups: [Int]? = nil) {
        names = categories.map(\.name)
        let lessons = Lessons(categories)
        let dimensions = vectors.first?.count ?? 0
        self.dimensions = dimensions
        var features = TextFeatures()
        let rows = lessons.texts.indices.map { place in
            var text = lessons.texts[place]
            text.withUTF8 {
                features.takeGrams(UnsafeRawBufferPointer($0), units: TextFeatures.exampleUnits)
            }
            var vector = place < vectors.count ? vectors[place] : []
            if vector.count != dimensions { vector = [Float](repeating: 0, count: dimensions) }
            let share = Self.makeUnit(&vector) ? Self.share(features) : 0
            return ExampleIndex.Row(
                vector: vector, share: share, places: features.sparse.places,
                values: features.sparse.values)
        }
        model = KernelModel(rows, lessons, dimensions: dimensions, groups: groups)
    }

    /// - Parameter vector: what the encoder made of `text`; as long as those that were learnt from.
    package func judge(
        _ vector: UnsafeBufferPointer<Float>, _ text: UnsafeRawBufferPointer, _ scratch: JudgeScratch
    ) -> Verdict {
        scratch.features.takeGrams(text)
        if scratch.vector.count != dimensions { scratch.vector = [Float](repeating: 0, count: dimensions) }
        for index in 0..<dimensions { scratch.vector[index] = index < vector.count ? vector[index] : 0 }
        let share = Self.makeUnit(&scratch.vector) ? Self.share(scratch.features) : 0
        return model.judge(vector: scratch.vector, share: share, scratch)
    }

    private static func share(_ features: TextFeatures) -> Float { share * (1 - easternLoss * features.easternShare) }

    /// False if it has no length: then it is zero.
    private static func makeUnit(_ vector: inout [Float]) -> Bool {
        var square = 0.0
        for number in vector { square += Double(number) * Double(number) }
        let isVector = square > 1e-12 && square.isFinite
        let factor = isVector ? Float(1 / square.squareRoot()) : 0
        for index in vector.indices { vector[index] = isVector ? vector[index] * factor : 0 }
        return isVector
    }
}
