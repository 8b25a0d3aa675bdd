/// Nodes and strings written as JSON.
package enum JSONText {
    /// The string in quotes, escaped as RFC 8259 section 7 requires and no further.
    package static func quoted(_ string: String) -> String {
        var text = "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            default:
                if scalar.value < 0x20 || scalar.value == 0x7F {
                    text += "\\u00" + (scalar.value < 0x10 ? "0" : "") + String(scalar.value, radix: 16)
                } else {
                    text.unicodeScalars.append(scalar)
                }
            }
        }
        return text + "\""
    }

    /// The node on one line. Numbers that JSON cannot spell (`Infinity`, `NaN`) stay as JSON5 spells them.
    package static func compact(_ node: Node) -> String {
        switch node.value {
        case .null: return "null"
        case .bool(let value): return value ? "true" : "false"
        case .number(let literal): return NumberLiteral.json(literal)
        case .string(let string): return quoted(string)
        case .array(let elements):
            return "[" + elements.map(compact).joined(separator: ", ") + "]"
        case .object(let members):
            if members.isEmpty { return "{}" }
            return "{" + members.map { "\(quoted($0.name)): \(compact($0.node))" }.joined(separator: ", ") + "}"
        }
    }

    /// The node over many lines, two spaces a level; what fits a line of `width` characters stays on one.
    package static func pretty(_ node: Node, indent: Int = 0, width: Int = 100) -> String {
        let line = compact(node)
        if indent + line.utf8.count <= width { return line }
        let inner = String(repeating: " ", count: indent + 2)
        let outer = String(repeating: " ", count: indent)
        switch node.value {
        case .array(let elements) where !elements.isEmpty:
            let lines = elements.map { inner + pretty($0, indent: indent + 2, width: width) }
            return "[\n" + lines.joined(separator: ",\n") + "\n\(outer)]"
        case .object(let members) where !members.isEmpty:
            let lines = members.map {
                "\(inner)\(quoted($0.name)): \(pretty($0.node, indent: indent + 2, width: width))"
            }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(outer)}"
        default:
            return line
        }
    }
}

extension Node {
    /// This node as JSON on one line.
    package var json: String { JSONText.compact(self) }
}
