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
    /// Of each class, from 0.
    private let groups: [Int]
    private let groupCount: Int

    private static let steps = 80
    private static let wideStep = 8
    private static let mostScale = 60.0
    private static let usualScale = 15.0
    private static let priorWeight = 2.0
    private static let regularity = 5.0
    /// An example that is left out is missed; a text that comes is judged with all of them.
    private static let shift = 0.1
    private static let slopes = 0.3...3.0
    private static let least = 1e-4
    /// Of a group in a softmax, before the logarithm.
    private static let leastPart = 1e-300
    /// What nearness adds for each standard deviation, and between which of them it grows.
    private static let nearness = (weight: 0.25, low: -8.0, high: 2.0)
    /// Of a single category: the curve over the standard deviations from its own examples.
    private static let single = (offset: 2.0, slope: 1.5)

    /// - Parameter leftOut: see `LeftOutScores`.
    init(_ leftOut: LeftOutScores) {
        classes = leftOut.classes
        groups = leftOut.groups
        groupCount = leftOut.groupCount
        guard classes > 0, leftOut.count > 0 else { return }
        let sums = (0..<leftOut.count).map { leftOut[leftOut.best($0), $0] + leftOut.near[$0] }
        let mean = sums.reduce(0, +) / Double(sums.count)
        self.mean = mean
        deviation = (sums.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(sums.count)).squareRoot() + 1e-6
        guard groupCount > 1 else { return }
        scale = Self.fittedScale(leftOut)
        fitCurve(leftOut, sums)
    }

    /// The scale of a fixed ladder, 1 to 60, with the least mean of -ln p of the right group; drawn to 15, the more so
    /// the fewer examples there are: few that are all told apart are no certainty. The mean has one valley: it is
    /// looked for in wide steps, then about the lowest of them.
    private static func fittedScale(_ leftOut: LeftOutScores) -> Double {
        let tops = (0..<leftOut.count).map { leftOut[leftOut.best($0), $0] }
        var sums = [Double](repeating: 0, count: leftOut.groupCount)
        var best = (loss: Double.infinity, step: 0)
        func tryScale(_ step: Int) {
            let scale = ladder(step)
            var loss = 0.0
            for (example, label) in leftOut.labels.enumerated() {
                leftOut.add(example, scale, tops[example], to: &sums)
                loss += log(sums.reduce(0, +)) - log(max(sums[leftOut.groups[label]], leastPart))
            }
            let distance = log(scale / usualScale)
            loss = (loss + priorWeight * distance * distance) / Double(leftOut.count)
            if loss < best.loss - 1e-12 { best = (loss, step) }
        }
        for step in stride(from: 0, through: steps, by: wideStep) { tryScale(step) }
        let middle = best.step
        for step in max(middle - wideStep + 1, 0)...min(middle + wideStep - 1, steps) where step != middle {
            tryScale(step)
        }
        return ladder(best.step)
    }

    private static func ladder(_ step: Int) -> Double { pow(mostScale, Double(step) / Double(steps)) }

    /// For each example what the curve is fitted to: the logit of its best group, what nearness adds, and the target.
    /// Targets are Platt's (1999): not 1 and 0, but what one more of each kind would leave of them, so that a hundred
    /// examples that are all told apart are no certainty.
    private func curveRows(
        _ leftOut: LeftOutScores, _ sums: [Double]
    ) -> [(logit: Double, near: Double, target: Double)] {
        var parts = [Double](repeating: 0, count: groupCount)
        var rows = leftOut.labels.enumerated().map { example, label in
            leftOut.add(example, scale, leftOut[leftOut.best(example), example], to: &parts)
            var best = 0
            for group in parts.indices where parts[group] > parts[best] { best = group }
            return (
                logit: Self.logit(parts[best] / parts.reduce(0, +)), near: near(sums[example]),
                target: best == groups[label] ? 1.0 : 0.0
            )
        }
        let right = rows.reduce(0) { $0 + $1.target }
        let (high, low) = ((right + 1) / (right + 2), 1 / (Double(rows.count) - right + 2))
        for index in rows.indices { rows[index].target = rows[index].target > 0 ? high : low }
        return rows
    }

    /// Damped Newton steps on the regularised likelihood; the curve is drawn to offset 0, slope 1.
    private mutating func fitCurve(_ leftOut: LeftOutScores, _ sums: [Double]) {
        let rows = curveRows(leftOut, sums)
        var (a, s) = (0.0, 1.0)
        for _ in 0..<20 {
            var (g0, g1) = (Self.regularity * a, Self.regularity * (s - 1))
            var (h00, h01, h11) = (Self.regularity, 0.0, Self.regularity)
            for row in rows {
                let q = Self.logistic(a + s * row.logit + row.near)
                let weight = q * (1 - q)
                g0 += q - row.target
                g1 += (q - row.target) * row.logit
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

    /// Turns scores into probabilities in place; their sum is at most 1.
    /// - Parameter nearness: mean cosine to the nearest examples.
    /// - Returns: the likeliest class, and the probability of the likeliest group.
    func probabilities(
        _ scores: UnsafeMutableBufferPointer<Float>, nearness: Float
    ) -> (best: Int, group: Float) {
        guard !scores.isEmpty else { return (-1, 0) }
        var best = 0
        for index in scores.indices where scores[index] > scores[best] { best = index }
        let top = Double(scores[best])
        let sum = top + Double(nearness)
        guard classes > 1 else {
            let deviations = min(max((sum - mean) / deviation, -8), 8)
            scores[0] = Float(Self.logistic(Self.single.offset + Self.single.slope * deviations))
            return (0, scores[0])
        }
        return withUnsafeTemporaryAllocation(of: Double.self, capacity: groupCount) { parts in
            parts.update(repeating: 0)
            var total = 0.0
            for index in scores.indices {
                let part = exp(scale * (Double(scores[index]) - top))
                scores[index] = Float(part)
                parts[groups[index]] += part
                total += part
            }
            var likeliest = 0
            for group in parts.indices where parts[group] > parts[likeliest] { likeliest = group }
            let raw = min(max(parts[likeliest] / total, Self.least), 1 - Self.least)
            let calibrated = Self.logistic(offset + slope * Self.logit(raw) + near(sum))
            let inside = calibrated / parts[likeliest]
            let outside = (calibrated < raw ? calibrated / raw : (1 - calibrated) / (1 - raw)) / total
            for index in scores.indices { scores[index] *= Float(groups[index] == likeliest ? inside : outside) }
            for index in scores.indices where scores[index] > scores[best] { best = index }
            return (best, Float(calibrated))
        }
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
