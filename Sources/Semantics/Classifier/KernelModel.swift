/// What has been learnt: the examples, what each of them says for each category, and how scores become probabilities.
struct KernelModel: Sendable {
    private let classes: Int
    private let index: ExampleIndex
    /// How many rows of the index are examples; the rest are negatives.
    private let examples: Int
    /// By row of the index: what it says for each category; `stride` numbers each.
    private let weights: [Float]
    private let stride: Int
    private let calibration: Calibration

    /// What ridge regression adds to the diagonal, in the mean.
    private static let ridge = 0.3

    /// - Parameters:
    ///   - rows: as in `lessons`.
    ///   - dimensions: numbers of a row's vector.
    init(_ rows: [ExampleIndex.Row], _ lessons: Lessons, dimensions: Int) {
        classes = lessons.categories
        examples = lessons.examples
        index = ExampleIndex(rows, counted: lessons.examples, dimensions: dimensions)
        let stride = (classes + 7) & ~7
        self.stride = stride
        let (likeness, near) = Self.likeness(index, rows, lessons)
        let ridge = Ridge(likeness: likeness, count: rows.count, targets: Self.targets(lessons))
        calibration = Calibration(
            LeftOutScores(
                ridge.leftOut, rows: rows.count, labels: Array(lessons.labels.prefix(lessons.examples)), near: near,
                classes: classes))
        var weights = [Float](repeating: 0, count: ((rows.count + 3) & ~3) * stride)
        for row in rows.indices {
            for category in 0..<classes {
                weights[row * stride + category] = Float(ridge.weights[category * rows.count + row])
            }
        }
        self.weights = weights
    }

    /// The lower half of the matrix with the ridge on its diagonal, and how near each example is to the others.
    private static func likeness(
        _ index: ExampleIndex, _ rows: [ExampleIndex.Row], _ lessons: Lessons
    ) -> (matrix: [Double], near: [Double]) {
        let count = rows.count
        var matrix = [Double](repeating: 0, count: count * count)
        var near: [Double] = []
        var (quantised, cosines): ([Int16], [Float]) = ([], [])
        var sizes = [Int](repeating: 0, count: lessons.categories)
        for label in lessons.labels.prefix(lessons.examples) { sizes[label] += 1 }
        for (place, row) in rows.enumerated() {
            let sparse = SparseVector(places: row.places, values: row.values)
            index.cosines(
                vector: row.vector, share: row.share, sparse: sparse, quantised: &quantised, into: &cosines)
            for other in 0...place { matrix[place * count + other] = Double(Kernel.of(cosines[other])) }
            // A category of few examples is held to them more closely.
            let size = Double(sizes[lessons.labels[place]] * lessons.categories) / Double(lessons.examples)
            let isExample = place < lessons.examples
            matrix[place * count + place] += isExample ? ridge * size : ridge
            if isExample { near.append(Double(Nearness.of(cosines, lessons.examples, without: place))) }
        }
        return (matrix, near)
    }

    /// For an example 1 for its category, in the mean 0 over the categories; for a negative what other categories'
    /// examples have for the category that it is not, and no word for the others. A single category has nothing beside
    /// it: 1 for its examples, 0 for its negatives.
    private static func targets(_ lessons: Lessons) -> [Double] {
        let count = lessons.labels.count
        let base = lessons.categories > 1 ? -1 / Double(lessons.categories) : 0
        var targets = [Double](repeating: 0, count: lessons.categories * count)
        for (place, label) in lessons.labels.enumerated() {
            if place < lessons.examples {
                for category in 0..<lessons.categories { targets[category * count + place] = base }
                targets[label * count + place] += 1
            } else {
                targets[label * count + place] = base
            }
        }
        return targets
    }

    /// Judges the grams in `scratch.features` with a vector; probabilities into `scratch.probabilities`.
    func judge(vector: [Float], share: Float, _ scratch: JudgeScratch) -> Verdict {
        index.cosines(
            vector: vector, share: share, sparse: scratch.features.sparse, quantised: &scratch.quantised,
            into: &scratch.cosines)
        score(scratch)
        let near = Nearness.of(scratch.cosines, examples)
        let best = scratch.scores.withUnsafeMutableBufferPointer { scores in
            calibration.probabilities(UnsafeMutableBufferPointer(rebasing: scores[..<classes]), nearness: near)
        }
        if scratch.probabilities.count != classes { scratch.probabilities = [Float](repeating: 0, count: classes) }
        for category in 0..<classes { scratch.probabilities[category] = scratch.scores[category] }
        guard best >= 0 else { return Verdict(best: -1, probability: 0, isClear: false) }
        let probability = scratch.probabilities[best]
        return Verdict(best: best, probability: probability, isClear: probability >= Verdict.clear)
    }

    /// Adds up what the examples say, each as much as it is like the text; four at a time.
    private func score(_ scratch: JudgeScratch) {
        if scratch.scores.count != stride { scratch.scores = [Float](repeating: 0, count: stride) }
        scratch.cosines.withUnsafeBufferPointer { cosines in
            scratch.scores.withUnsafeMutableBytes { scores in
                weights.withUnsafeBytes { weights in
                    let row = 4 * stride
                    for start in Swift.stride(from: 0, to: row, by: 32) {
                        scores.storeBytes(of: .zero, toByteOffset: start, as: SIMD8<Float>.self)
                    }
                    for example in Swift.stride(from: 0, to: cosines.count, by: 4) {
                        let (a, b) = (Kernel.of(cosines[example]), Kernel.of(cosines[example + 1]))
                        let (c, d) = (Kernel.of(cosines[example + 2]), Kernel.of(cosines[example + 3]))
                        for start in Swift.stride(from: 0, to: row, by: 32) {
                            let place = example * row + start
                            var sum = scores.loadUnaligned(fromByteOffset: start, as: SIMD8<Float>.self)
                            sum += weights.loadUnaligned(fromByteOffset: place, as: SIMD8<Float>.self) * a
                            sum += weights.loadUnaligned(fromByteOffset: place + row, as: SIMD8<Float>.self) * b
                            sum += weights.loadUnaligned(fromByteOffset: place + 2 * row, as: SIMD8<Float>.self) * c
                            sum += weights.loadUnaligned(fromByteOffset: place + 3 * row, as: SIMD8<Float>.self) * d
                            scores.storeBytes(of: sum, toByteOffset: start, as: SIMD8<Float>.self)
                        }
                    }
                }
            }
        }
    }
}
