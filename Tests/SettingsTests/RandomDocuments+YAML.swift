import Settings

extension RandomDocuments {
    /// The tree as YAML of blocks and brackets, with comments and empty lines between.
    mutating func yaml(_ node: Node) -> String {
        hasTexts = chance(2)
        let head = pick(["", "", "# head\n", "# head\n\n", "---\n", "%YAML 1.1\n---\n"], or: "")
        let tail = pick([hasTexts ? "\n" : "", "\n", "\n# tail\n", "\n\n", "\n...\n"], or: "")
        let text = head + block(node, 0, pick([1, 2, 4], or: 2)) + tail
        let newline = chance(4) ? "\r\n" : "\n"
        return (chance(8) ? "\u{FEFF}" : "")
            + text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: newline)
    }

    /// Begins at its column and ends before its last line break.
    private mutating func block(_ node: Node, _ column: Int, _ unit: Int) -> String {
        let indent = String(repeating: " ", count: column)
        switch node.value {
        case .object(let members) where !members.isEmpty && !chance(6):
            return members.map { member in
                key(member.name) + ":" + value(member.node, column, unit, isMember: true)
            }.joined(separator: between(indent))
        case .array(let elements) where !elements.isEmpty && !chance(6):
            return elements.map { "-" + value($0, column, unit, isMember: false) }.joined(separator: between(indent))
        default:
            return flow(node)
        }
    }

    private mutating func value(_ node: Node, _ column: Int, _ unit: Int, isMember: Bool) -> String {
        let isBlock = node.members?.isEmpty == false || node.elements?.isEmpty == false
        guard isBlock else {
            if node.isNull, chance(2) { return comment() }
            if let text = node.string, text.hasSuffix("\n"), text.count > 1, !text.hasPrefix(" "),
                !text.contains("\u{85}"), hasTexts
            {
                let indent = String(repeating: " ", count: column + unit)
                return " |\n" + indent + text.dropLast().split(separator: "\n").joined(separator: "\n\(indent)")
            }
            return " " + flow(node) + comment()
        }
        if !isMember, chance(2) { return " " + block(node, column + 2, unit) }
        if chance(4) { return " " + flow(node) + comment() }
        let isFlush = isMember && node.elements != nil && chance(2)
        let inner = column + (isFlush ? 0 : unit)
        let indent = String(repeating: " ", count: inner)
        let above = chance(4) ? "\n\(indent)# above" : ""
        let text = block(node, inner, unit)
        // What came out in brackets must not stand at the column of the name.
        return comment() + above + "\n" + indent + (isFlush && !text.hasPrefix("-") ? "  " : "") + text
    }

    private mutating func between(_ indent: String) -> String {
        let above = [
            "", "", "", "\n", "\(indent)# own\n", "\n\(indent)# own\n", "# loose\n\n",
            hasTexts ? "" : "\(indent)  # deep\n",
        ]
        return "\n" + pick(above, or: "") + indent
    }

    private mutating func comment() -> String { chance(4) ? " # , - a: b" : "" }

    private mutating func key(_ name: String) -> String {
        isWord(name) && chance(2) ? name : scalar(name)
    }

    private mutating func flow(_ node: Node) -> String {
        switch node.value {
        case .string(let text):
            return isWord(text) && !["null", "yes"].contains(text) && chance(2) ? text : scalar(text)
        case .array(let elements):
            return "[" + elements.map { flow($0) }.joined(separator: chance(2) ? ", " : " , ") + "]"
        case .object(let members):
            let items = members.map { "\(key($0.name)): \(flow($0.node))" }
            return "{" + items.joined(separator: ", ") + (chance(4) && !items.isEmpty ? ",}" : "}")
        default: return node.json
        }
    }

    private mutating func scalar(_ text: String) -> String {
        let isSingle =
            chance(2) && text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.isASCII && $0.value != 0x7F }
        if isSingle {
            return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
        }
        return JSONText.quoted(text).unicodeScalars.map { scalar in
            guard scalar.value > 0x7E, scalar.value < 0x10000 else { return String(scalar) }
            let digits = String(scalar.value, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }.joined()
    }

    private func isWord(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (0x61...0x7A).contains($0) }
    }
}
