internal import Settings

/// Figures as lines and as JSON have them.
enum FigureText {
    /// `0.842`; `-` where there is none.
    static func share(_ value: Double?) -> String { decimal(value, 3) }

    /// `15.4 %`.
    static func percent(_ value: Double?) -> String { value.map { "\(decimal($0 * 100, 1)) %" } ?? "-" }

    static func decimal(_ value: Double?, _ digits: Int) -> String {
        guard let value, value.isFinite, abs(value) < 1e12 else { return "-" }
        var scale = 1
        for _ in 0..<digits { scale *= 10 }
        let units = Int((abs(value) * Double(scale)).rounded())
        let sign = value < 0 && units > 0 ? "-" : ""
        if digits == 0 { return "\(sign)\(units)" }
        let fraction = "\(units % scale + scale)".dropFirst()
        return "\(sign)\(units / scale).\(fraction)"
    }

    /// With as many digits as a reader may want to compare; null where there is none.
    static func node(_ value: Double?) -> Node { value.map { Node(.number(decimal($0, 6))) } ?? Node(.null) }
}
