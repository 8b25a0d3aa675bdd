/// Nodes written as YAML.
enum YAMLText {
    /// A value on one line, as JSON has it except for what YAML spells otherwise.
    static func flow(_ node: Node) -> String {
        switch node.value {
        case .string(let string): quoted(string)
        case .number(let literal): number(literal)
        case .array(let elements): "[" + elements.map(flow).joined(separator: ", ") + "]"
        case .object(let members) where !members.isEmpty:
            "{" + members.map { "\(quoted($0.name)): \(flow($0.node))" }.joined(separator: ", ") + "}"
        default: node.json
        }
    }

    /// Whether the node is written in lines of its own below its name.
    static func isBlock(_ node: Node) -> Bool {
        switch node.value {
        case .array(let elements): !elements.isEmpty
        case .object(let members): !members.isEmpty
        default: false
        }
    }

    static func scalar(_ node: Node, isPlain: Bool) -> String {
        if isPlain, let string = node.string, Self.isPlain(string) { return string }
        return flow(node)
    }

    static func name(_ name: String) -> String { isPlainWord(name, allowsColons: false) ? name : quoted(name) }

    /// In double quotes, on one line. YAML does not take control characters, and takes three others for line breaks.
    static func quoted(_ string: String) -> String {
        let text = JSONText.quoted(string)
        guard text.unicodeScalars.contains(where: needsEscape) else { return text }
        var escaped = ""
        for scalar in text.unicodeScalars {
            if needsEscape(scalar) {
                let digits = String(scalar.value, radix: 16)
                escaped += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            } else {
                escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// YAML 1.2 section 5.1, and the line breaks of YAML 1.1.
    private static func needsEscape(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x7F...0xA0, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF: true
        default: false
        }
    }

    private static func number(_ literal: String) -> String {
        let text = NumberLiteral.json(literal)
        switch text {
        case "Infinity": return ".inf"
        case "-Infinity": return "-.inf"
        default: return text.hasSuffix("NaN") ? ".nan" : text
        }
    }

    /// Whether a string means itself without quotes, to this reader and to those of YAML 1.1.
    static func isPlain(_ string: String) -> Bool {
        guard isPlainWord(string, allowsColons: true),
            case .string = YAMLScalar.value(string, isPlain: true, tag: nil)
        else { return false }
        return !["y", "n", "yes", "no", "on", "off"].contains(string.lowercased())
    }

    private static func isPlainWord(_ string: String, allowsColons: Bool) -> Bool {
        guard let first = string.utf8.first, isWord(first) || first == UInt8(ascii: "/"), string.utf8.count < 100 else {
            return false
        }
        let bytes = Array(string.utf8)
        return bytes.indices.allSatisfy { index in
            switch bytes[index] {
            case UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "@"): true
            // A colon before a space would end a name, and before brackets some readers take it for that too.
            case UInt8(ascii: ":"): allowsColons && index + 1 < bytes.count && isWord(bytes[index + 1])
            default: isWord(bytes[index])
            }
        }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        NumberLiteral.isDigit(byte) || byte == UInt8(ascii: "_") || (0x61...0x7A).contains(byte | 0x20)
    }
}
