/// Figures as the reasons of the guard tell them.
enum GuardWords {
    /// `of 1,204 requests in the last 2 s`.
    static func stretch(_ span: TrafficSpan) -> String {
        "of \(count(span.requests)) requests in the last \(number((Double(span.length) / 1e8).rounded() / 10)) s"
    }

    /// `50.2 %`; a share that is not zero never reads as zero.
    static func percent(_ share: Double) -> String {
        let tenths = (share * 1000).rounded() / 10
        return share > 0 && tenths == 0 ? "under 0.1 %" : "\(number(tenths)) %"
    }

    /// `1.5 s`, `180 ms`, `0.4 ms`: three digits.
    static func duration(_ seconds: Double) -> String {
        seconds >= 1 ? "\(number(rounded(seconds))) s" : "\(number(rounded(seconds * 1000))) ms"
    }

    /// `1,204`.
    static func count(_ number: Int) -> String {
        var digits = Array(String(max(number, 0)))
        var place = digits.count - 3
        while place > 0 {
            digits.insert(",", at: place)
            place -= 3
        }
        return String(digits)
    }

    /// `2`, `2.5`.
    static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }

    private static func rounded(_ value: Double) -> Double {
        value >= 100 ? value.rounded() : value >= 10 ? (value * 10).rounded() / 10 : (value * 100).rounded() / 100
    }
}
