/// Finds thresholds for semantic rules that compete, on texts of which it is known who should take them. Each in its
/// turn gets the one that is best while the others stay as they are, until none changes.
struct ThresholdTuning {
    /// What is wished of a rule.
    enum Aim: Sendable, Equatable {
        /// The highest harmonic mean of precision and recall.
        case balance
        /// The lowest threshold that has this precision.
        case precision(Double)
    }

    /// A text: what each rule scores, and who should take it.
    struct Text: Sendable {
        var scores: [Float]
        var takers: Set<Int>
    }

    /// Of one rule.
    struct Count: Sendable, Equatable {
        /// It should take so many, takes so many, and so many of these rightly.
        var wanted = 0
        var taken = 0
        var right = 0

        var precision: Double? { taken == 0 ? nil : Double(right) / Double(taken) }
        var recall: Double? { wanted == 0 ? nil : Double(right) / Double(wanted) }
        var balance: Double? { wanted + taken == 0 ? nil : 2 * Double(right) / Double(wanted + taken) }
    }

    /// A text that a rule would take at some threshold.
    private struct Chance {
        var score: Float
        var isRight: Bool
    }

    private let texts: [Text]
    private let aim: Aim
    private(set) var rules: [OfflineRule]
    /// Rules that no threshold makes as precise as was wished.
    private(set) var unreached: Set<Int> = []

    private static let mostRounds = 8
    /// No lower threshold is proposed: it would take what is as good as of no category.
    static let floor: Float = 0.05

    init(_ rules: [OfflineRule], _ texts: [Text], _ aim: Aim) {
        self.rules = rules
        self.texts = texts
        self.aim = aim
    }

    /// Rules that cannot be tuned: no text is theirs, or every one is.
    var untold: Set<Int> {
        Set(
            rules.indices.filter { place in
                let wanted = texts.count { $0.takers.contains(place) }
                return wanted == 0 || wanted == texts.count
            })
    }

    /// What each rule takes with the thresholds as they are.
    var counts: [Count] {
        var counts = [Count](repeating: Count(), count: rules.count)
        for text in texts {
            for place in text.takers { counts[place].wanted += 1 }
            guard let taker = OfflineRule.taker(rules, text.scores) else { continue }
            counts[taker].taken += 1
            if text.takers.contains(taker) { counts[taker].right += 1 }
        }
        return counts
    }

    mutating func run() {
        let places = rules.indices.filter { !untold.contains($0) }
        for _ in 0..<Self.mostRounds {
            var isChanged = false
            for place in places {
                guard let threshold = best(place) else { continue }
                isChanged = isChanged || threshold != rules[place].threshold
                rules[place].threshold = threshold
            }
            if !isChanged { break }
        }
    }

    // MARK: one rule

    /// Nil: as it is.
    private mutating func best(_ place: Int) -> Float? {
        let chances = chances(place)
        let wanted = texts.count { $0.takers.contains(place) }
        let cuts = Self.cuts(chances, wanted)
        unreached.remove(place)
        switch aim {
        case .balance:
            guard let most = cuts.compactMap(\.count.balance).max() else { return nil }
            let equal = cuts.filter { ($0.count.balance ?? 0) >= most - 1e-9 }
            let now = rules[place].threshold
            return equal.min { $0.distance(to: now) < $1.distance(to: now) }?.threshold(near: now)
        case .precision(let wished):
            let precise = cuts.filter { ($0.count.precision ?? 0) >= wished && $0.count.right > 0 }
            guard let lowest = precise.last else {
                unreached.insert(place)
                return nil
            }
            return lowest.threshold(near: rules[place].threshold)
        }
    }

    /// What the rule would take if it took whatever it can, the highest score first.
    private func chances(_ place: Int) -> [Chance] {
        var open = rules
        open[place].threshold = -1
        return texts.filter { OfflineRule.taker(open, $0.scores) == place }
            .map { Chance(score: $0.scores[place], isRight: $0.takers.contains(place)) }
            .sorted { $0.score > $1.score }
    }

    /// Between each two scores that differ, and below the last.
    private static func cuts(_ chances: [Chance], _ wanted: Int) -> [ThresholdCut] {
        var count = Count(wanted: wanted)
        var cuts: [ThresholdCut] = []
        for (index, chance) in chances.enumerated() {
            count.taken += 1
            if chance.isRight { count.right += 1 }
            let next = index + 1 < chances.count ? chances[index + 1].score : nil
            if next != chance.score, chance.score >= floor { cuts.append(ThresholdCut(above: next, upTo: chance.score, count: count)) }
        }
        return cuts
    }
}
