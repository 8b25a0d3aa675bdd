import Glibc

/// How scores become probabilities: a softmax with a scale of its own, then for the best a logistic curve and what it
/// says that the text is near to the examples or far from all of them. Fitted on what every example would have scored
/// had it been left out.
struct Calibration: Sendable, Equatable {
    /// What scores are multiplied with.
    private(set) var scale = 1.0
    /// Of the curve: logit of the calibrated = offset + slope * logit + nearness.
    private(set) var offset = 0.0
    private(set) var slope = 1.0
    /// Of best score + nearness over the examples.
    private var mean = 0.0
    private var deviation = 1.0
    private let classes: Int

    private static let steps = 80
    private static let mostScale = 60.0
    private static let usualScale = 15.0
    private static let priorWeight = 2.0
    private static let regularity = 20.0
    /// An example that is left out is missed; a text that comes is judged with all of them.
    private static let shift = 0.1
    private static let slopes = 0.3...3.0
    private static let least = 1e-4
    /// What nearness adds for each standard deviation, and between which of them it grows.
    private static let nearness = (weight: 0.25, low: -8.0, high: 2.0)
    /// Of a single category: the curve over the standard deviations from its own examples.
    private static let single = (offset: 2.0, slope: 1.5)

    /// - Parameter leftOut: see `LeftOutScores`.
    init(_ leftOut: LeftOutScores) {
        classes = leftOut.classes
        guard classes > 0, leftOut.count > 0 else { return }
        let sums = (0..<leftOut.count).map { leftOut[leftOut.best($0), $0] + leftOut.near[$0] }
        let mean = sums.reduce(0, +) / Double(sums.count)
        self.mean = mean
        deviation = (sums.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(sums.count)).squareRoot() + 1e-6
        guard classes > 1 else { return }
        scale = Self.fittedScale(leftOut)
        fitCurve(leftOut, sums)
    }

    /// The scale of a fixed ladder, 1 to 60, with the least mean of -ln p of the right class; drawn to 15, the more so
    /// the fewer examples there are: few that are all told apart are no certainty.
    private static func fittedScale(_ leftOut: LeftOutScores) -> Double {
        var best = (loss: Double.infinity, scale: 1.0)
        let tops = (0..<leftOut.count).map { leftOut[leftOut.best($0), $0] }
        for step in 0...steps {
            let scale = pow(mostScale, Double(step) / Double(steps))
            var loss = 0.0
            for (example, label) in leftOut.labels.enumerated() {
                let top = tops[example]
                loss += log(leftOut.sum(example, scale, top)) - scale * (leftOut[label, example] - top)
            }
            let distance = log(scale / usualScale)
            loss = (loss + priorWeight * distance * distance) / Double(leftOut.count)
            if loss < best.loss - 1e-12 { best = (loss, scale) }
        }
        return best.scale
    }

    /// Damped Newton steps on the regularised likelihood; the curve is drawn to offset 0, slope 1.
    private mutating func fitCurve(_ leftOut: LeftOutScores, _ sums: [Double]) {
        let rows = leftOut.labels.enumerated().map { example, label in
            let best = leftOut.best(example)
            let probability = 1 / leftOut.sum(example, scale, leftOut[best, example])
            return (logit: Self.logit(probability), near: near(sums[example]), isRight: best == label ? 1.0 : 0.0)
        }
        var (a, s) = (0.0, 1.0)
        for _ in 0..<20 {
            var (g0, g1) = (Self.regularity * a, Self.regularity * (s - 1))
            var (h00, h01, h11) = (Self.regularity, 0.0, Self.regularity)
            for row in rows {
                let q = Self.logistic(a + s * row.logit + row.near)
                let weight = q * (1 - q)
                g0 += q - row.isRight
                g1 += (q - row.isRight) * row.logit
                h00 += weight
                h01 += weight * row.logit
                h11 += weight * row.logit * row.logit
            }
            let determinant = h00 * h11 - h01 * h01
            let d0 = (h11 * g0 - h01 * g1) / determinant
            let d1 = (h00 * g1 - h01 * g0) / determinant
            let part = min(1, 0.5 / max(abs(d0), abs(d1), 1e-12))
            a -= part * d0
            s -= part * d1
        }
        offset = a + Self.shift
        slope = min(max(s, Self.slopes.lowerBound), Self.slopes.upperBound)
    }

    /// Turns scores into probabilities in place and says which is the likeliest; their sum is at most 1.
    /// - Parameter nearness: mean cosine to the nearest examples.
    func probabilities(_ scores: UnsafeMutableBufferPointer<Float>, nearness: Float) -> Int {
        guard !scores.isEmpty else { return -1 }
        var best = 0
        for index in scores.indices where scores[index] > scores[best] { best = index }
        let top = Double(scores[best])
        let sum = top + Double(nearness)
        guard classes > 1 else {
            let deviations = min(max((sum - mean) / deviation, -8), 8)
            scores[0] = Float(Self.logistic(Self.single.offset + Self.single.slope * deviations))
            return 0
        }
        var total = 0.0
        for index in scores.indices {
            let part = exp(scale * (Double(scores[index]) - top))
            scores[index] = Float(part)
            total += part
        }
        let raw = min(max(1 / total, Self.least), 1 - Self.least)
        let calibrated = Self.logistic(offset + slope * Self.logit(raw) + near(sum))
        let rest = (calibrated < raw ? calibrated / raw : (1 - calibrated) / (1 - raw)) / total
        for index in scores.indices { scores[index] *= Float(rest) }
        scores[best] = Float(calibrated)
        return best
    }

    private func near(_ sum: Double) -> Double {
        Self.nearness.weight * min(max((sum - mean) / deviation, Self.nearness.low), Self.nearness.high)
    }

    private static func logit(_ probability: Double) -> Double {
        let bounded = min(max(probability, least), 1 - least)
        return log(bounded / (1 - bounded))
    }

    private static func logistic(_ value: Double) -> Double { 1 / (1 + exp(-min(max(value, -30), 30))) }
}
