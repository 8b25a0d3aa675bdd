import ArgumentParser
import NIOCore

/// A length of time as people write it: `20ms`, `1.5s`, `1m30s`. `/control` takes a number of milliseconds too.
struct Span: Sendable, Comparable, ExpressibleByArgument, CustomStringConvertible, Decodable {
    /// Never negative.
    var nanoseconds: Int64

    static let zero = Span(nanoseconds: 0)

    /// The longest span that is taken, in seconds: eleven days. Sums of a few stay far from an overflow.
    private static let longest = 1_000_000.0

    init(nanoseconds: Int64) {
        self.nanoseconds = max(0, nanoseconds)
    }

    init(milliseconds: Int64) {
        self.init(nanoseconds: milliseconds * 1_000_000)
    }

    private init?(seconds: Double) {
        guard seconds >= 0, seconds <= Self.longest else { return nil }
        self.init(nanoseconds: Int64(seconds * 1e9))
    }

    init?(argument: String) {
        var rest = Substring(argument)
        var seconds = 0.0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest.dropFirst(unit.count)
            guard let number = Double(digits), let scale = Self.scale(of: unit) else { return nil }
            seconds += number * scale
        }
        self.init(seconds: seconds)
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let span: Span?
        if let text = try? container.decode(String.self) {
            span = Span(argument: text)
        } else {
            span = Span(seconds: try container.decode(Double.self) / 1000)
        }
        guard let span else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "expected a length of time such as 20ms, or a number of milliseconds")
        }
        self = span
    }

    private static func scale(of unit: Substring) -> Double? {
        switch unit {
        case "ns": 1e-9
        case "us": 1e-6
        case "ms": 1e-3
        case "s": 1
        case "m": 60
        case "h": 3600
        default: nil
        }
    }

    static func < (one: Span, other: Span) -> Bool { one.nanoseconds < other.nanoseconds }

    var amount: TimeAmount { .nanoseconds(nanoseconds) }

    var description: String {
        switch nanoseconds {
        case 0: "0s"
        case let all where all % 1_000_000_000 == 0: "\(all / 1_000_000_000)s"
        case let all where all % 1_000_000 == 0: "\(all / 1_000_000)ms"
        case let all where all % 1000 == 0: "\(all / 1000)us"
        default: "\(nanoseconds)ns"
        }
    }
}
