/// So many requests in a second, a minute or an hour: `10r/s`, `600r/m`, `5000r/h`.
package struct RequestRate: SettingValue, Hashable {
    package enum Period: String, Sendable, CaseIterable {
        case second = "s"
        case minute = "m"
        case hour = "h"

        /// In seconds.
        package var seconds: Int64 {
            switch self {
            case .second: 1
            case .minute: 60
            case .hour: 3600
            }
        }
    }

    /// More than this in a period is no limit.
    package static let most = 1_000_000_000

    package let count: Int
    package let period: Period

    package init(_ count: Int, per period: Period) {
        self.count = min(max(count, 1), Self.most)
        self.period = period
    }

    /// Nil for anything but a whole number above zero and a period.
    package init?(_ text: String) {
        guard let slash = text.utf8.firstIndex(of: UInt8(ascii: "/")) else { return nil }
        var digits = text[..<slash]
        if digits.utf8.last == UInt8(ascii: "r") { digits = digits.dropLast() }
        let unit = String(text[text.utf8.index(after: slash)...])
        guard (1...10).contains(digits.utf8.count), digits.utf8.allSatisfy(NumberLiteral.isDigit),
            let count = Int(digits), (1...Self.most).contains(count), let period = Self.periods[unit]
        else { return nil }
        self.init(count, per: period)
    }

    private static let periods: [String: Period] = [
        "s": .second, "sec": .second, "second": .second, "m": .minute, "min": .minute, "minute": .minute, "h": .hour,
        "hour": .hour,
    ]

    package var spelling: String { "\(count)r/\(period.rawValue)" }
    package var text: String { JSONText.quoted(spelling) }

    package static var shape: Shape {
        .text("rate", expected: "a rate such as 10r/s, 600r/m or 5000r/h", example: "10r/s", pattern: "^[0-9]+r?/(s|m|h)$")
    }

    package static func read(_ node: Node, _ reading: inout Reading) -> RequestRate? {
        if let text = node.string, let rate = RequestRate(text) { return rate }
        reading.expected(RequestRate.self, node)
        return nil
    }
}
