/// What a judge says of a text.
package struct Verdict: Sendable, Equatable {
    /// The place of the likeliest category in the judge's `names`; -1 if it has none.
    package var best: Int
    /// Its probability, calibrated: of 100 texts with 0.8, about 80 are of that category.
    package var probability: Float
    /// Whether it leads by so much that no further tier need be asked.
    package var isClear: Bool

    package init(best: Int, probability: Float, isClear: Bool) {
        self.best = best
        self.probability = probability
        self.isClear = isClear
    }

    /// What two tiers say together: the mean of their probabilities. Where the second tier is late or fails, the word
    /// of the first stands.
    /// - Parameters:
    ///   - first: the probabilities of the built-in judge.
    ///   - scratch: with the probabilities of the second tier for the same categories; the means take their place.
    package static func mean(_ first: [Float], _ scratch: JudgeScratch) -> Verdict {
        scratch.probabilities = means(first, scratch.probabilities)
        var best = -1
        for index in scratch.probabilities.indices {
            if best < 0 || scratch.probabilities[index] > scratch.probabilities[best] { best = index }
        }
        guard best >= 0 else { return Verdict(best: -1, probability: 0, isClear: false) }
        let probability = scratch.probabilities[best]
        return Verdict(best: best, probability: probability, isClear: probability >= clear)
    }

    /// The means of two tiers' probabilities of the same categories: each tier knows what the other does not.
    package static func means(_ first: [Float], _ second: [Float]) -> [Float] {
        second.indices.map { (second[$0] + ($0 < first.count ? first[$0] : 0)) / 2 }
    }

    /// From this probability of the best on no further tier need be asked.
    package static let clear: Float = 0.7
}
