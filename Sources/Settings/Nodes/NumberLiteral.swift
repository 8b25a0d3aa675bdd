/// What a number's literal stands for: JSON's, and JSON5's hexadecimal, signs, bare dots, `Infinity` and `NaN`.
package enum NumberLiteral {
    /// Digits that an `Int` can need, and more exponent than any digits can bring back into its range.
    private static let longestExponent = 6

    /// The exact integer; nil for fractions, for what does not fit in 64 bits, and for text that is no number.
    /// `1e3` and `1.0` are integers.
    package static func integer(_ literal: String) -> Int? {
        var text = Array(literal.utf8)[...]
        let isNegative = takeSign(&text)
        if isHexadecimal(text) { return hexadecimal(text.dropFirst(2), isNegative) }
        guard var parts = Decimal(text) else { return nil }
        guard parts.normalise() else { return parts.digits.isEmpty ? 0 : nil }
        var value = 0
        for digit in parts.digits + [UInt8](repeating: 0, count: parts.scale) {
            let (tens, isOver) = value.multipliedReportingOverflow(by: 10)
            let step = isNegative ? -Int(digit) : Int(digit)
            let (sum, isOverAgain) = tens.addingReportingOverflow(step)
            if isOver || isOverAgain { return nil }
            value = sum
        }
        return value
    }

    /// The nearest double; infinite where the literal says so or is out of range, nil for text that is no number.
    package static func double(_ literal: String) -> Double? {
        var text = Array(literal.utf8)[...]
        let isNegative = takeSign(&text)
        let size = magnitude(text)
        return size.map { isNegative ? -$0 : $0 }
    }

    /// Whether the literal is a number at all.
    package static func isNumber(_ literal: String) -> Bool { double(literal) != nil }

    /// The same number as RFC 8259 spells it, where it can.
    package static func json(_ literal: String) -> String {
        var text = Array(literal.utf8)[...]
        let isNegative = takeSign(&text)
        let sign = isNegative ? "-" : ""
        if isHexadecimal(text) {
            if let value = integer(literal) { return String(value) }
            return magnitude(text).map { "\(sign)\($0)" } ?? literal
        }
        guard Decimal(text) != nil else { return literal == "+Infinity" ? "Infinity" : literal }
        var plain = text
        if plain.first == UInt8(ascii: ".") { plain = [UInt8(ascii: "0")] + plain }
        if let dot = plain.firstIndex(of: UInt8(ascii: ".")) {
            let next = plain.index(after: dot)
            if next == plain.endIndex || !isDigit(plain[next]) { plain.insert(UInt8(ascii: "0"), at: next) }
        }
        return sign + String(decoding: plain, as: UTF8.self)
    }

    private static func magnitude(_ text: ArraySlice<UInt8>) -> Double? {
        let word = String(decoding: text, as: UTF8.self)
        if word == "Infinity" { return .infinity }
        if word == "NaN" { return .nan }
        if isHexadecimal(text) {
            let digits = text.dropFirst(2)
            guard !digits.isEmpty else { return nil }
            var value = 0.0
            for byte in digits {
                guard let digit = hexDigit(byte) else { return nil }
                value = value * 16 + Double(digit)
            }
            return value
        }
        guard Decimal(text) != nil else { return nil }
        return Double(word.hasPrefix(".") ? "0" + word : word)
    }

    private static func takeSign(_ text: inout ArraySlice<UInt8>) -> Bool {
        guard let first = text.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") else { return false }
        text.removeFirst()
        return first == UInt8(ascii: "-")
    }

    private static func isHexadecimal(_ text: ArraySlice<UInt8>) -> Bool {
        let head = text.prefix(2)
        return head.first == UInt8(ascii: "0") && head.last.map { $0 | 0x20 } == UInt8(ascii: "x") && head.count == 2
    }

    private static func hexadecimal(_ digits: ArraySlice<UInt8>, _ isNegative: Bool) -> Int? {
        guard !digits.isEmpty else { return nil }
        var value = 0
        for byte in digits {
            guard let digit = hexDigit(byte) else { return nil }
            let (scaled, isOver) = value.multipliedReportingOverflow(by: 16)
            let (sum, isOverAgain) = scaled.addingReportingOverflow(isNegative ? -Int(digit) : Int(digit))
            if isOver || isOverAgain { return nil }
            value = sum
        }
        return value
    }

    static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// A decimal literal without its sign: digits and the power of ten they are multiplied by.
    private struct Decimal {
        var digits: [UInt8] = []
        var scale = 0

        init?(_ text: ArraySlice<UInt8>) {
            var rest = text
            takeDigits(&rest)
            if rest.first == UInt8(ascii: ".") {
                rest.removeFirst()
                let whole = digits.count
                takeDigits(&rest)
                scale = whole - digits.count
            }
            guard !digits.isEmpty else { return nil }
            guard let mark = rest.first else { return }
            guard mark | 0x20 == UInt8(ascii: "e"), let exponent = Decimal.exponent(rest.dropFirst()) else {
                return nil
            }
            scale += exponent
        }

        private mutating func takeDigits(_ text: inout ArraySlice<UInt8>) {
            let taken = text.prefix(while: NumberLiteral.isDigit)
            digits += taken.map { $0 - UInt8(ascii: "0") }
            text = text.dropFirst(taken.count)
        }

        private static func exponent(_ text: ArraySlice<UInt8>) -> Int? {
            var rest = text
            let isNegative = NumberLiteral.takeSign(&rest)
            guard !rest.isEmpty, rest.allSatisfy(NumberLiteral.isDigit) else { return nil }
            let significant = rest.drop { $0 == UInt8(ascii: "0") }
            // Beyond this many digits only the sign matters.
            let capped =
                significant.count > longestExponent ? 9_999_999 : Int(String(decoding: significant, as: UTF8.self))
            let size = capped ?? 0
            return isNegative ? -size : size
        }

        /// Takes zeros off both ends; false where what is left is zero, has a fraction, or is too long for an `Int`.
        mutating func normalise() -> Bool {
            digits = Array(digits.drop { $0 == 0 })
            while scale < 0, digits.last == 0 {
                digits.removeLast()
                scale += 1
            }
            return !digits.isEmpty && scale >= 0 && digits.count + scale <= 20
        }
    }
}
