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
        var bytes: [UInt8] = []
        append(node, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The same as bytes, for large answers.
    package static func append(_ node: Node, to bytes: inout [UInt8]) {
        switch node.value {
        case .null: bytes += "null".utf8
        case .bool(let value): bytes += (value ? "true" : "false").utf8
        case .number(let literal): bytes += NumberLiteral.json(literal).utf8
        case .string(let string): append(quoted: string, to: &bytes)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes += ", ".utf8 }
                append(element, to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { bytes += ", ".utf8 }
                append(quoted: member.name, to: &bytes)
                bytes += ": ".utf8
                append(member.node, to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private static func append(quoted string: String, to bytes: inout [UInt8]) {
        var string = string
        let isPlain = string.withUTF8 { text in
            guard text.allSatisfy({ $0 >= 0x20 && $0 != 0x22 && $0 != 0x5C && $0 != 0x7F }) else { return false }
            bytes.append(0x22)
            bytes += text
            bytes.append(0x22)
            return true
        }
        if !isPlain { bytes += quoted(string).utf8 }
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
