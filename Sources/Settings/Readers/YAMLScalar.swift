/// Scalars of YAML 1.2's core schema (section 10.3) as JSON values.
enum YAMLScalar {
    private static let prefix = "tag:yaml.org,2002:"

    /// The value of a scalar; nil where its tag asks for what its text is not.
    static func value(_ text: String, isPlain: Bool, tag: String?) -> Node.Value? {
        guard let tag, tag != "!", tag.hasPrefix(prefix) else {
            // A tag of one's own says nothing about JSON; the text is kept as it is.
            return tag == nil && isPlain ? resolved(text) : .string(text)
        }
        switch tag.dropFirst(prefix.utf8.count) {
        case "str", "binary", "timestamp": return .string(text)
        case "null": return isNull(text) ? .null : nil
        case "bool": return bool(text).map { .bool($0) }
        case "int": return integer(text).map { .number($0) }
        case "float": return (integer(text) ?? float(text)).map { .number($0) }
        case "map", "seq", "set", "omap", "pairs": return nil
        default: return .string(text)
        }
    }

    private static func resolved(_ text: String) -> Node.Value {
        if isNull(text) { return .null }
        if let value = bool(text) { return .bool(value) }
        return (integer(text) ?? float(text)).map { .number($0) } ?? .string(text)
    }

    private static func isNull(_ text: String) -> Bool {
        text.isEmpty || text == "null" || text == "Null" || text == "NULL" || text == "~"
    }

    private static func bool(_ text: String) -> Bool? {
        switch text {
        case "true", "True", "TRUE": true
        case "false", "False", "FALSE": false
        default: nil
        }
    }

    /// `[-+]?[0-9]+`, `0o[0-7]+`, `0x[0-9a-fA-F]+`, as a JSON5 literal without leading zeros.
    private static func integer(_ text: String) -> String? {
        if text.hasPrefix("0x") {
            let digits = text.utf8.dropFirst(2)
            return !digits.isEmpty && digits.allSatisfy { NumberLiteral.hexDigit($0) != nil } ? text : nil
        }
        if text.hasPrefix("0o") {
            let digits = text.utf8.dropFirst(2)
            guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x37).contains($0) }) else { return nil }
            return UInt64(text.dropFirst(2), radix: 8).map { String($0) }
        }
        let (sign, rest) = signed(text)
        guard !rest.isEmpty, rest.allSatisfy(NumberLiteral.isDigit) else { return nil }
        return sign + trimmed(rest)
    }

    /// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, `[-+]?\.inf`, `\.nan`, as a JSON5 literal.
    private static func float(_ text: String) -> String? {
        let (sign, rest) = signed(text)
        switch String(Substring(rest)) {
        case ".inf", ".Inf", ".INF": return sign + "Infinity"
        case ".nan", ".NaN", ".NAN": return sign.isEmpty && rest.count == text.utf8.count ? "NaN" : nil
        default: break
        }
        let literal = trimmed(rest)
        guard let first = literal.utf8.first, NumberLiteral.isDigit(first) || first == UInt8(ascii: ".") else {
            return nil
        }
        // Hexadecimal is for integers alone.
        guard !literal.utf8.contains(where: { $0 | 0x20 == UInt8(ascii: "x") }), NumberLiteral.isNumber(literal) else {
            return nil
        }
        return sign + literal
    }

    private static func signed(_ text: String) -> (sign: String, rest: Substring.UTF8View) {
        let isNegative = text.hasPrefix("-")
        let rest = isNegative || text.hasPrefix("+") ? text.dropFirst() : text[...]
        return (isNegative ? "-" : "", rest.utf8)
    }

    private static func trimmed(_ digits: Substring.UTF8View) -> String {
        var rest = digits
        while rest.count > 1, rest.first == UInt8(ascii: "0"), let next = rest.dropFirst().first,
            NumberLiteral.isDigit(next)
        {
            rest = rest.dropFirst()
        }
        return String(Substring(rest))
    }
}
