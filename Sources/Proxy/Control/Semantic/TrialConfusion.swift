internal import Semantics

/// Which class was taken for which, over all trials.
package struct TrialConfusion: Sendable {
    /// Two classes, one taken for the other.
    package struct Pair: Sendable, Equatable {
        package var asked: String
        package var said: String
        package var count: Int
        /// How many were asked of the class.
        package var total: Int
    }

    package let names: [String]
    /// By the class asked for, then by the one said.
    package let table: [[Int]]

    init(_ answers: [TrialAnswer], names: [String]) {
        self.names = names
        table = Self.table(answers, names.count)
    }

    static func table(_ answers: [TrialAnswer], _ count: Int) -> [[Int]] {
        var table = [[Int]](repeating: [Int](repeating: 0, count: count), count: count)
        for answer in answers where table.indices.contains(answer.category) {
            guard table.indices.contains(answer.verdict.best) else { continue }
            table[answer.category][answer.verdict.best] += 1
        }
        return table
    }

    /// The pairs that were confused most, the most frequent first.
    package func worst(_ count: Int) -> [Pair] {
        var pairs: [Pair] = []
        for (asked, row) in table.enumerated() {
            let total = row.reduce(0, +)
            for (said, number) in row.enumerated() where said != asked && number > 0 {
                pairs.append(Pair(asked: names[asked], said: names[said], count: number, total: total))
            }
        }
        pairs.sort { ($1.count, $0.asked, $0.said) < ($0.count, $1.asked, $1.said) }
        return Array(pairs.prefix(count))
    }
}
