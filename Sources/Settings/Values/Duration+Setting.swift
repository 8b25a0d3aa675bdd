extension Duration: SettingValue {
    package static var shape: Shape {
        Shape.text(
            "duration", expected: "a duration such as 30s or 1m30s", example: "30s",
            pattern: #"^([0-9]+(\.[0-9]+)?(d|h|ms|m|s))+$"#)
    }

    /// Units in nanoseconds, largest first.
    private static let units: [(name: String, nanoseconds: Int)] = [
        ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000),
        ("ms", 1_000_000),
    ]

    /// A hundred years: longer is a mistake.
    private static let longest = 36_500 * 86_400_000_000_000

    package var text: String { JSONText.quoted(spelling) }

    /// `1m30s`; `0s`. Negative durations do not occur in configurations and read as `0s`.
    package var spelling: String {
        var rest = Int(nanoseconds)
        guard rest > 0 else { return "0s" }
        var words = ""
        for (name, size) in Duration.units.dropLast() where rest >= size {
            words += "\(rest / size)\(name)"
            rest %= size
        }
        if rest > 0 { words += Duration.milliseconds(rest) }
        return words
    }

    private static func milliseconds(_ nanoseconds: Int) -> String {
        let fraction = nanoseconds % 1_000_000
        let whole = nanoseconds / 1_000_000
        guard fraction > 0 else { return "\(whole)ms" }
        var digits = String(fraction)
        digits = String(repeating: "0", count: 6 - digits.utf8.count) + digits
        while digits.hasSuffix("0") { digits.removeLast() }
        return "\(whole).\(digits)ms"
    }

    package static func read(_ node: Node, _ reading: inout Reading) -> Duration? {
        switch node.value {
        case .string(let text):
            if let nanoseconds = nanoseconds(text) { return bounded(nanoseconds, node, &reading) }
        case .number(let literal):
            if let size = bareUnit(reading.unit) {
                guard let number = NumberLiteral.double(literal), number.isFinite, number >= 0 else { break }
                let nanoseconds = number * Double(size)
                return bounded(nanoseconds < 9e18 ? Int(nanoseconds.rounded()) : Int.max, node, &reading)
            }
        default: break
        }
        reading.expected(shape.withBareNumber(in: reading.unit).expected, node)
        return nil
    }

    private static func bareUnit(_ unit: BareUnit) -> Int? {
        switch unit {
        case .seconds: 1_000_000_000
        case .milliseconds: 1_000_000
        case .none, .megabytes: nil
        }
    }

    private static func bounded(_ nanoseconds: Int, _ node: Node, _ reading: inout Reading) -> Duration? {
        guard nanoseconds <= longest else {
            reading.error(node.position, "expected a duration of at most a hundred years, found \(reading.found(node))")
            return nil
        }
        return .nanoseconds(nanoseconds)
    }

    /// Numbers with units, each unit smaller than the one before; `Int.max` where the sum does not fit.
    private static func nanoseconds(_ text: String) -> Int? {
        var rest = text[...]
        var total = 0
        var smallest = Int.max
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            guard let part = UnitText(&rest), let size = units.first(where: { $0.name == part.unit })?.nanoseconds,
                size < smallest
            else { return nil }
            smallest = size
            guard let scaled = part.times(size) ?? part.nearest(size) else { return Int.max }
            let (sum, isOver) = total.addingReportingOverflow(scaled)
            if isOver { return Int.max }
            total = sum
        }
        return total
    }
}

extension UnitText {
    /// The number times a factor, rounded to the nearest whole: fractions of a nanosecond do not matter.
    func nearest(_ factor: Int) -> Int? {
        var divisor = 1.0
        for _ in 0..<fraction { divisor *= 10 }
        let value = Double(digits) * Double(factor) / divisor
        return value < 9e18 ? Int(value.rounded()) : nil
    }
}
