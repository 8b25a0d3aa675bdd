internal import CVectors

/// What has been learnt: the examples, what each of them says for each category, and how scores become probabilities.
struct KernelModel: Sendable {
    private let classes: Int
    private let index: ExampleIndex
    /// How many rows of the index are examples; the rest are negatives.
    private let examples: Int
    /// By row of the index: what it says for each category, in multiples of `unit`; `stride` numbers each.
    private let weights: [Int16]
    private let unit: Float
    private let stride: Int
    private let calibration: Calibration

    /// What ridge regression adds to the diagonal, in the mean.
    private static let ridge = 0.3
    /// The largest weight in multiples of `unit`: 16 bits are the half of what there is to read for each decision.
    private static let most = 32767.0

    /// - Parameters:
    ///   - rows: as in `lessons`.
    ///   - dimensions: numbers of a row's vector.
    ///   - groups: see `Judge`.
    init(_ rows: [ExampleIndex.Row], _ lessons: Lessons, dimensions: Int, groups: [Int]?) {
        classes = lessons.categories
        examples = lessons.examples
        index = ExampleIndex(rows, counted: lessons.examples, dimensions: dimensions)
        let stride = (classes + 15) & ~15
        self.stride = stride
        let (likeness, near) = Self.likeness(index, rows, lessons)
        let ridge = Ridge(likeness: likeness, count: rows.count, targets: Self.targets(lessons))
        calibration = Calibration(
            LeftOutScores(
                ridge.leftOut, rows: rows.count, labels: Array(lessons.labels.prefix(lessons.examples)), near: near,
                groups: Self.groups(groups, classes)))
        let unit = max(ridge.weights.reduce(0) { max($0, abs($1)) }, 1e-30) / Self.most
        self.unit = Float(unit)
        var weights = [Int16](repeating: 0, count: ((rows.count + 15) & ~15) * stride)
        for row in rows.indices {
            for category in 0..<classes {
                let weight = (ridge.weights[category * rows.count + row] / unit).rounded()
                weights[row * stride + category] = Int16(max(-Self.most, min(Self.most, weight)))
            }
        }
        self.weights = weights
    }

    /// A group for each category, from 0 without gaps; each its own where none are given, or not one for each.
    private static func groups(_ given: [Int]?, _ count: Int) -> [Int] {
        guard let given, given.count == count else { return Array(0..<count) }
        var numbers: [Int: Int] = [:]
        return given.map { group in
            if let number = numbers[group] { return number }
            numbers[group] = numbers.count
            return numbers.count - 1
        }
    }

    /// The lower half of the matrix with the ridge on its diagonal, and how near each example is to the others.
    private static func likeness(
        _ index: ExampleIndex, _ rows: [ExampleIndex.Row], _ lessons: Lessons
    ) -> (matrix: [Double], near: [Double]) {
        let count = rows.count
        var matrix = [Double](repeating: 0, count: count * count)
        var near: [Double] = []
        var (quantised, products, cosines): ([Int16], [Int32], [Float]) = ([], [], [])
        var sizes = [Int](repeating: 0, count: lessons.categories)
        for label in lessons.labels.prefix(lessons.examples) { sizes[label] += 1 }
        for (place, row) in rows.enumerated() {
            let sparse = SparseVector(places: row.places, values: row.values)
            index.cosines(
                vector: row.vector, share: row.share, sparse: sparse, quantised: &quantised, products: &products,
                into: &cosines)
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
            products: &scratch.products, into: &scratch.cosines)
        score(scratch)
        let near = Nearness.of(scratch.cosines, examples)
        let (best, group) = scratch.scores.withUnsafeMutableBufferPointer { scores in
            calibration.probabilities(UnsafeMutableBufferPointer(rebasing: scores[..<classes]), nearness: near)
        }
        if scratch.probabilities.count != classes { scratch.probabilities = [Float](repeating: 0, count: classes) }
        for category in 0..<classes { scratch.probabilities[category] = scratch.scores[category] }
        guard best >= 0 else { return Verdict(best: -1, probability: 0, isClear: false) }
        let probability = scratch.probabilities[best]
        return Verdict(best: best, probability: probability, isClear: group >= Verdict.clear)
    }

    /// Adds up what the examples say, each as much as it is like the text.
    private func score(_ scratch: JudgeScratch) {
        if scratch.scores.count != stride { scratch.scores = [Float](repeating: 0, count: stride) }
        let count = scratch.cosines.count
        if scratch.likeness.count != count { scratch.likeness = [Float](repeating: 0, count: count) }
        scratch.cosines.withUnsafeBufferPointer { cosines in
            scratch.likeness.withUnsafeMutableBufferPointer { likeness in
                for index in 0..<min(cosines.count, likeness.count) { likeness[index] = Kernel.of(cosines[index]) }
            }
        }
        clawproxy_mix_i16(weights, count, stride, scratch.likeness, &scratch.scores)
        for category in 0..<classes { scratch.scores[category] *= unit }
    }
}
