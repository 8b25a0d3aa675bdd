/// How well decisions agree with what is known: the figures of `clawproxy semantic eval`.
package struct Evaluation: Sendable, Equatable {
    /// Part of the known texts whose best category is theirs.
    package var accuracy = 0.0
    /// Mean over the categories asked for of the harmonic mean of precision and recall.
    package var macroF1 = 0.0
    /// How surely a known text has a higher probability than an unknown one; nil if none of them was asked.
    package var auroc: Double?
    /// Expected calibration error over the known: 15 bins of probability, in each the distance of the mean probability
    /// from the part that is right, weighted by their numbers.
    package var calibrationError = 0.0
    /// Mean over all that were asked.
    package var microsecondsPerDecision = 0.0
    /// Category asked for, then category said.
    package var confusion: [[Int]] = []
    package var names: [String] = []
    package var knownCount = 0
    package var unknownCount = 0

    package static let bins = 15

    /// Asks everything of `split`.
    /// - Parameters:
    ///   - now: a clock in nanoseconds.
    ///   - decide: the decision, on UTF-8.
    package init(
        _ split: EvaluationSplit, now: () -> UInt64, decide: (UnsafeRawBufferPointer) -> Verdict
    ) {
        names = split.categories.map(\.name)
        knownCount = split.known.count
        unknownCount = split.unknown.count
        var nanoseconds: UInt64 = 0
        func ask(_ text: String) -> Verdict {
            var text = text
            return text.withUTF8 { bytes in
                let start = now()
                let verdict = decide(UnsafeRawBufferPointer(bytes))
                nanoseconds &+= now() &- start
                return verdict
            }
        }
        let known = split.known.map { (verdict: ask($0.text), category: $0.category) }
        let unknown = split.unknown.map { ask($0).probability }
        confusion = Self.confusion(known, names.count)
        accuracy = Self.ratio(known.count { $0.verdict.best == $0.category }, known.count)
        macroF1 = Self.macroF1(confusion)
        auroc = Self.auroc(known.map(\.verdict.probability), unknown)
        calibrationError = Self.calibrationError(
            known.map { ($0.verdict.probability, $0.verdict.best == $0.category) })
        let asked = known.count + unknown.count
        microsecondsPerDecision = asked == 0 ? 0 : Double(nanoseconds) / 1000 / Double(asked)
    }

    /// The built-in judge on a split of rows.
    package init(_ rows: [LabelledText], perCategory: Int, seed: UInt64, now: () -> UInt64) {
        let split = EvaluationSplit(rows, perCategory: perCategory, seed: seed)
        let judge = Judge(split.categories)
        let scratch = JudgeScratch()
        self.init(split, now: now) { judge.judge($0, scratch) }
    }

    private static func ratio(_ part: Int, _ whole: Int) -> Double { whole == 0 ? 0 : Double(part) / Double(whole) }

    private static func confusion(_ known: [(verdict: Verdict, category: Int)], _ count: Int) -> [[Int]] {
        var table = [[Int]](repeating: [Int](repeating: 0, count: count), count: count)
        for row in known where table[row.category].indices.contains(row.verdict.best) {
            table[row.category][row.verdict.best] += 1
        }
        return table
    }

    package static func macroF1(_ confusion: [[Int]]) -> Double {
        var (sum, asked) = (0.0, 0)
        for category in confusion.indices {
            let actual = confusion[category].reduce(0, +)
            guard actual > 0 else { continue }
            asked += 1
            let said = confusion.reduce(0) { $0 + $1[category] }
            sum += 2 * Double(confusion[category][category]) / Double(actual + said)
        }
        return asked == 0 ? 0 : sum / Double(asked)
    }

    /// By ranks (Mann and Whitney); equal ones count half.
    package static func auroc(_ known: [Float], _ unknown: [Float]) -> Double? {
        guard !known.isEmpty, !unknown.isEmpty else { return nil }
        let all = (known.map { ($0, true) } + unknown.map { ($0, false) }).sorted { $0.0 < $1.0 }
        var ranks = 0.0
        var start = 0
        while start < all.count {
            var end = start + 1
            while end < all.count, all[end].0 == all[start].0 { end += 1 }
            let rank = Double(start + end + 1) / 2
            ranks += rank * Double(all[start..<end].count { $0.1 })
            start = end
        }
        let count = Double(known.count)
        return (ranks - count * (count + 1) / 2) / (count * Double(unknown.count))
    }

    package static func calibrationError(_ decisions: [(probability: Float, isRight: Bool)]) -> Double {
        var sums = [(probability: Double, right: Int)](repeating: (0, 0), count: bins)
        for decision in decisions {
            let bin = min(max(Int(decision.probability * Float(bins)), 0), bins - 1)
            sums[bin].probability += Double(decision.probability)
            sums[bin].right += decision.isRight ? 1 : 0
        }
        let distance = sums.reduce(0.0) { $0 + abs($1.probability - Double($1.right)) }
        return decisions.isEmpty ? 0 : distance / Double(decisions.count)
    }
}
