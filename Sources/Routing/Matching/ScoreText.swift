/// Scores as people read them beside each other: with two decimals, or as many as it takes to tell them apart.
struct ScoreText {
    private static let fewest = 2
    private static let most = 6
    private let digits: Int

    /// `exactly` is shown as it was written, if no more than six decimals were.
    init(_ scores: [Float], exactly: Float) {
        digits =
            (Self.fewest..<Self.most).first { digits in
                let isExact = Self.number(Self.units(exactly, digits), digits) == exactly
                let shown = Set(scores.map { Self.units($0, digits) })
                return isExact && shown.count == Set(scores).count
            } ?? Self.most
    }

    func text(_ score: Float) -> String {
        guard score.isFinite else { return "no number" }
        let scale = Self.scale(digits)
        let units = Self.units(score, digits)
        let fraction = String(units.magnitude % scale)
        let zeros = String(repeating: "0", count: digits - fraction.count)
        return (units < 0 ? "-" : "") + "\(units.magnitude / scale).\(zeros)\(fraction)"
    }

    /// The score in units of its last decimal. Anything far from 0...1 is none.
    private static func units(_ score: Float, _ digits: Int) -> Int {
        guard score.isFinite else { return .max }
        return Int((Double(min(max(score, -1_000), 1_000)) * Double(scale(digits))).rounded())
    }

    private static func number(_ units: Int, _ digits: Int) -> Float { Float(Double(units) / Double(scale(digits))) }

    private static func scale(_ digits: Int) -> UInt { (0..<digits).reduce(1) { scale, _ in scale * 10 } }
}
