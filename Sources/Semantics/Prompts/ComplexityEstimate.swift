/// How complex a text is and why: what was counted in it, weighed by one table.
///
///     score = sum over features of points x min(count, most)
///     low < 2.5 <= medium < 5.5 <= high
///
/// `length` counts steps of the number of tokens: 64, 256, 1024, 4096, 16384.
package struct ComplexityEstimate: Sendable, Equatable {
    package enum Feature: Int, Sendable, CaseIterable {
        case length, demanding, routine, constraints, subjects, steps, questions, items, headings, codeBlocks, codeSpans

        /// What one of them counts, and how many of them count.
        var weight: (points: Double, most: Int) {
            switch self {
            case .length: (0.5, 5)
            // design, prove, compare: each is a piece of work
            case .demanding: (1.75, 4)
            // translate, classify, extract: work that small models do well
            case .routine: (-1.25, 1)
            case .constraints: (0.6, 6)
            // distributed, consistency: what makes a task hard
            case .subjects: (0.75, 5)
            // then, also, including: further asks
            case .steps: (0.5, 5)
            case .questions: (0.5, 4)
            case .items: (0.3, 8)
            case .headings: (0.4, 4)
            case .codeBlocks: (1.25, 3)
            case .codeSpans: (0.2, 5)
            }
        }
    }

    package static let medium = 2.5
    package static let high = 5.5
    static let lengths = [64, 256, 1024, 4096, 16384]

    /// By feature; inline, so that a decision allocates nothing.
    private var counts = SIMD16<UInt32>()
    package internal(set) var tokens = 0

    package func count(_ feature: Feature) -> Int { Int(counts[feature.rawValue]) }

    mutating func add(_ feature: Feature) { counts[feature.rawValue] &+= 1 }

    package func points(_ feature: Feature) -> Double {
        feature.weight.points * Double(min(count(feature), feature.weight.most))
    }

    /// Never below zero.
    package var score: Double { max(Feature.allCases.reduce(0) { $0 + points($1) }, 0) }

    package var level: Complexity { score < Self.medium ? .low : score < Self.high ? .medium : .high }

    /// What counted, heaviest first.
    package var reasons: [ComplexityReason] {
        Feature.allCases.filter { count($0) > 0 }
            .map { ComplexityReason(name: "\($0)", count: count($0), points: points($0)) }
            .sorted { abs($0.points) > abs($1.points) }
    }
}
