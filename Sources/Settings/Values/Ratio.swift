/// A share: `0.5` or `50%`. Zero or more; bounds are the key's.
package struct Ratio: SettingValue, Hashable, Comparable, ExpressibleByFloatLiteral {
    package var value: Double

    package init(_ value: Double) { self.value = value }
    package init(floatLiteral value: Double) { self.value = value }

    package static func < (one: Ratio, two: Ratio) -> Bool { one.value < two.value }

    package static var shape: Shape {
        let percent = Shape.text(
            "percentage", expected: "a percentage", example: "50%", pattern: "^[0-9]+(\\.[0-9]+)?%$")
        return .either(
            [Double.shape, percent], words: "ratio", expected: "a ratio such as 0.5 or 50%", example: "0.5")
    }

    package var text: String { value.text }

    package static func read(_ node: Node, _ reading: inout Reading) -> Ratio? {
        if let value = parse(node), value.isFinite, value >= 0 { return Ratio(value) }
        reading.expected(Ratio.self, node)
        return nil
    }

    private static func parse(_ node: Node) -> Double? {
        switch node.value {
        case .number(let literal): return NumberLiteral.double(literal)
        case .string(let text):
            var rest = text[...]
            guard let number = UnitText(&rest), number.unit == "%", rest.isEmpty else { return nil }
            return Double(text.dropLast()).map { $0 / 100 }
        default: return nil
        }
    }
}
