extension JSONScanner {
    /// A number's literal as written.
    mutating func number() throws(SyntaxError) -> String {
        let start = offset
        if current == UInt8(ascii: "-") || (isJSON5 && current == UInt8(ascii: "+")) { advance() }
        if isJSON5, try takeNamedNumber() { return literal(from: start) }
        if isJSON5, current == UInt8(ascii: "0"), let mark = peek(1), mark | 0x20 == UInt8(ascii: "x") {
            advance(2)
            guard takeDigits(where: { NumberLiteral.hexDigit($0) != nil }) > 0 else {
                throw unexpected("hexadecimal digits after 0x")
            }
        } else {
            try decimal()
        }
        if let (scalar, _) = character, JSONScanner.continuesName(scalar) { throw unexpected("the end of the number") }
        return literal(from: start)
    }

    private func literal(from start: Int) -> String { String(decoding: bytes[start..<offset], as: UTF8.self) }

    private mutating func takeNamedNumber() throws(SyntaxError) -> Bool {
        guard current == UInt8(ascii: "I") || current == UInt8(ascii: "N") else { return false }
        guard take(word: "Infinity") || take(word: "NaN") else { throw unexpected("a value") }
        return true
    }

    /// Digits, a fraction, an exponent. JSON5 lets either side of the dot be empty, not both.
    private mutating func decimal() throws(SyntaxError) {
        let startsWithZero = current == UInt8(ascii: "0")
        let first = offset
        let whole = takeDigits(where: NumberLiteral.isDigit)
        if startsWithZero, whole > 1 {
            throw failure(at: first, "a number does not begin with 0; write it without, or in quotes")
        }
        guard whole > 0 || (isJSON5 && current == UInt8(ascii: ".")) else { throw unexpected("a digit") }
        if take(UInt8(ascii: ".")) {
            let fraction = takeDigits(where: NumberLiteral.isDigit)
            guard fraction > 0 || (isJSON5 && whole > 0) else { throw unexpected("a digit after the dot") }
        }
        if let mark = current, mark | 0x20 == UInt8(ascii: "e") {
            advance()
            if current == UInt8(ascii: "-") || current == UInt8(ascii: "+") { advance() }
            guard takeDigits(where: NumberLiteral.isDigit) > 0 else { throw unexpected("a digit of the exponent") }
        }
    }

    private mutating func takeDigits(where isDigit: (UInt8) -> Bool) -> Int {
        let start = offset
        while let byte = current, isDigit(byte) { advance() }
        return offset - start
    }
}
