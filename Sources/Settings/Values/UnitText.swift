/// A decimal number at the head of a text, as durations and sizes have it: `1`, `1.5`, no sign, no exponent.
struct UnitText {
    /// Digits without the dot, and how many of them stand behind it.
    var digits: Int
    var fraction: Int
    /// The unit: letters and `%`, as written.
    var unit: Substring

    /// Most digits in one number; more could not be held exactly.
    static let longest = 17

    /// Takes a number and its unit off the head.
    init?(_ text: inout Substring) {
        var digits = 0
        var fraction = 0
        var count = 0
        var isBehindDot = false
        var rest = text.utf8[...]
        while let byte = rest.first {
            if NumberLiteral.isDigit(byte) {
                count += 1
                guard count <= UnitText.longest else { return nil }
                digits = digits * 10 + Int(byte - UInt8(ascii: "0"))
                if isBehindDot { fraction += 1 }
            } else if byte == UInt8(ascii: "."), !isBehindDot, count > 0 {
                isBehindDot = true
            } else {
                break
            }
            rest.removeFirst()
        }
        guard count > 0, !isBehindDot || fraction > 0 else { return nil }
        let unit = Substring(rest).prefix { $0.isLetter || $0 == "%" }
        self.digits = digits
        self.fraction = fraction
        self.unit = unit
        text = Substring(rest).dropFirst(unit.count)
    }

    /// The number times a factor, exact, or nil where it does not fit or is no whole number.
    func times(_ factor: Int) -> Int? {
        let (product, isOver) = digits.multipliedReportingOverflow(by: factor)
        var divisor = 1
        for _ in 0..<fraction { divisor *= 10 }
        if !isOver { return product.isMultiple(of: divisor) ? product / divisor : nil }
        // The fraction's zeros may stand in the way: 1.500000 h.
        guard fraction > 0 else { return nil }
        let (high, low) = UInt(digits).multipliedFullWidth(by: UInt(factor))
        guard high < UInt(divisor) else { return nil }
        let (quotient, remainder) = UInt(divisor).dividingFullWidth((high, low))
        return remainder == 0 ? Int(exactly: quotient) : nil
    }
}
