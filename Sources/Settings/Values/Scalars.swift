extension Bool: SettingValue {
    package static var shape: Shape {
        Shape(.boolean, words: "boolean", expected: "true or false", example: "true")
    }

    package var text: String { self ? "true" : "false" }

    package static func read(_ node: Node, _ reading: inout Reading) -> Bool? {
        guard case .bool(let value) = node.value else {
            reading.expected(Bool.self, node)
            return nil
        }
        return value
    }
}

extension Int: SettingValue {
    package static var shape: Shape {
        Shape(.integer, words: "integer", expected: "a whole number", example: "1")
    }

    package var text: String { String(self) }

    /// Whole numbers in any spelling, `1e3` too; fractions and what does not fit in 64 bits are refused.
    package static func read(_ node: Node, _ reading: inout Reading) -> Int? {
        guard case .number(let literal) = node.value else {
            reading.expected(Int.self, node)
            return nil
        }
        if let value = NumberLiteral.integer(literal) { return value }
        if let value = NumberLiteral.double(literal), value.isFinite, abs(value) >= 9e18 {
            reading.error(node.position, "expected a whole number of at most 64 bits, found \(reading.found(node))")
        } else {
            reading.expected(Int.self, node)
        }
        return nil
    }
}

extension Double: SettingValue {
    package static var shape: Shape {
        Shape(.number, words: "number", expected: "a number", example: "0.5")
    }

    package var text: String {
        if let whole = Int(exactly: self), abs(whole) < 1 << 53 { return String(whole) }
        return "\(self)"
    }

    package static func read(_ node: Node, _ reading: inout Reading) -> Double? {
        guard case .number(let literal) = node.value, let value = NumberLiteral.double(literal) else {
            reading.expected(Double.self, node)
            return nil
        }
        guard value.isFinite else {
            reading.expected("a finite number", node)
            return nil
        }
        return value
    }
}

extension String: SettingValue {
    package static var shape: Shape {
        Shape(.string(pattern: nil), words: "string", expected: "a string", example: "\"text\"")
    }

    package var text: String { JSONText.quoted(self) }

    package static func read(_ node: Node, _ reading: inout Reading) -> String? {
        guard case .string(let value) = node.value else {
            reading.expected(String.self, node)
            return nil
        }
        return value
    }
}
