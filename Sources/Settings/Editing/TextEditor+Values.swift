/// Values as text, and values in place of others, in brackets or in JSON.
extension TextEditor {
    mutating func replaceFlowValue(_ change: TextChanges.ValueChange) {
        let span = spans[change.span]
        let text: String
        if format == .json, case .string(let string) = change.target.value, span.form == .quoted {
            text = quoted(string, like: bytes[Int(span.start)])
        } else {
            let isRoot = change.parent == nil
            text = flowText(change.target, indentation(at: span.head), isInline: false, isOpen: isRoot)
        }
        edits.replace(span.range, with: span.range.isEmpty ? nothingTo(text, span) : text)
    }

    /// YAML lets a value be nothing at all, right behind its colon, or right behind its name without one.
    private func nothingTo(_ text: String, _ span: Spans.Span) -> String {
        let hasColon = span.start > span.nameEnd && bytes[Int(span.nameEnd)..<Int(span.start)].contains(0x3A)
        if !hasColon, !span.name.isEmpty { return ": \(text)" }
        return span.start > 0 && !isSpace(bytes[Int(span.start) - 1]) ? " \(text)" : text
    }

    /// A value in brackets; its lines after the first are indented by `indent` and more.
    func flowText(_ node: Node, _ indent: String, isInline: Bool, isOpen: Bool = false) -> String {
        if format == .yaml { return YAMLText.flow(node) }
        if isInline { return JSONText.compact(node) }
        let inner = indent + style.unit
        let width = 100 - indent.utf8.count
        guard isOpen else { return indented(JSONText.pretty(node, width: width), indent) }
        switch node.value {
        case .object(let members) where !members.isEmpty:
            let lines = members.map {
                "\(inner)\(JSONText.quoted($0.name)): \(indented(JSONText.pretty($0.node, width: width), inner))"
            }
            return "{\(style.newline)\(lines.joined(separator: ",\(style.newline)"))\(style.newline)\(indent)}"
        default:
            return indented(JSONText.pretty(node, width: width), indent)
        }
    }

    /// Lines that are indented by two spaces a level, as this text indents them. No string goes over a line's end.
    private func indented(_ text: String, _ indent: String) -> String {
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard lines.count > 1 else { return text }
        return lines.enumerated().map { index, line in
            let spaces = line.prefix { $0 == UInt8(ascii: " ") }.count
            let content = String(Substring(line.dropFirst(spaces)))
            return index == 0 ? content : indent + String(repeating: style.unit, count: spaces / 2) + content
        }.joined(separator: style.newline)
    }

    /// A name as those around it are written, which begin with `first`.
    func nameText(_ name: String, like first: UInt8?) -> String {
        switch first {
        case UInt8(ascii: "\""), nil: return format == .yaml ? YAMLText.quoted(name) : JSONText.quoted(name)
        case UInt8(ascii: "'"): return format == .yaml ? YAMLText.quoted(name) : quoted(name, like: 0x27)
        default:
            if format == .yaml { return YAMLText.name(name) }
            return JSONScanner.isPlainName(name) ? name : JSONText.quoted(name)
        }
    }

    /// In the quotes that were there, where nothing speaks against them.
    private func quoted(_ string: String, like quote: UInt8) -> String {
        let isPlain = string.unicodeScalars.allSatisfy {
            $0 != "'" && $0 != "\\" && $0.value >= 0x20 && $0.value != 0x7F
        }
        return quote == UInt8(ascii: "'") && isPlain ? "'\(string)'" : JSONText.quoted(string)
    }
}

extension JSONScanner {
    /// Whether JSON5 takes the name without quotes. Letters beyond ASCII are left in quotes.
    static func isPlainName(_ name: String) -> Bool {
        guard let first = name.unicodeScalars.first, startsName(first) else { return false }
        return name.unicodeScalars.allSatisfy { $0.isASCII && continuesName($0) }
    }
}
