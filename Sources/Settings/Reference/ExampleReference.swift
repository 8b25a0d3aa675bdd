/// The declarations as a configuration that says what is so without it, in JSON5.
struct ExampleReference {
    private let keys: [KeyInfo]
    private static let width = 100

    init(_ keys: [KeyInfo]) { self.keys = keys }

    var text: String {
        let head = [
            "// Every key with its default. Generated from the declarations in the sources; do not edit.",
            "// What has no default is commented out, with an example of what it takes.",
        ]
        let body = ["{", "  gateway: {"] + lines(keys, indent: 4) + ["  },", "}"]
        return (head + body).joined(separator: "\n") + "\n"
    }

    private func lines(_ keys: [KeyInfo], indent: Int) -> [String] {
        keys.flatMap { comment($0, indent) + entry($0, indent) }
    }

    private func entry(_ key: KeyInfo, _ indent: Int) -> [String] {
        let space = String(repeating: " ", count: indent)
        switch key.nature {
        case .section:
            return ["\(space)\(key.name): {"] + lines(key.children, indent: indent + 2) + ["\(space)},"]
        case .optionalSection:
            return silenced(["\(key.name): {"] + lines(key.children, indent: 2) + ["},"], indent)
        case .list:
            let one = silenced(["{"] + lines(key.children, indent: 2) + ["},"], indent + 2)
            return opened(key, "[", one, "]", space, isEmpty: key.defaultText == "[]")
        case .map:
            let one = silenced(["NAME: {"] + lines(key.children, indent: 2) + ["},"], indent + 2)
            return opened(key, "{", one, "}", space, isEmpty: key.defaultText == "{}")
        case .later:
            return ["\(space)// \(key.name): a later version"]
        case .value:
            if let text = key.shownDefault { return written(key.name, text, indent) }
            let line = "\(key.name): \(key.shape.example),"
            return [key.isRequired ? space + line : "\(space)// \(line) // \(key.shape.words)"]
        }
    }

    /// An empty list or map that is open for entries; one with default entries must not be emptied, so it is no more
    /// than told.
    private func opened(
        _ key: KeyInfo, _ opener: String, _ one: [String], _ closer: String, _ space: String, isEmpty: Bool
    ) -> [String] {
        guard isEmpty else { return ["\(space)// \(key.name): \(key.defaultText ?? "\(opener)\(closer)"),"] }
        return ["\(space)\(key.name): \(opener)"] + one + ["\(space)\(closer),"]
    }

    private func written(_ name: String, _ text: String, _ indent: Int) -> [String] {
        let escaped = ExampleReference.escapeVariables(text)
        guard let node = try? LooseText.parse(escaped, at: .builtIn) else { return [] }
        let pretty = JSONText.pretty(node, indent: indent, width: ExampleReference.width - name.utf8.count - 2)
        return ["\(String(repeating: " ", count: indent))\(name): \(pretty),"]
    }

    /// A default is a value: a `${` in it means the characters.
    private static func escapeVariables(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "$")) else { return text }
        var result = ""
        var rest = text[...]
        while let mark = rest.firstRange(of: "${") {
            result += rest[..<mark.lowerBound] + "$${"
            rest = rest[mark.upperBound...]
        }
        return result + rest
    }

    private func silenced(_ lines: [String], _ indent: Int) -> [String] {
        let space = String(repeating: " ", count: indent)
        return lines.flatMap { $0.split(separator: "\n", omittingEmptySubsequences: false) }.map { "\(space)// \($0)" }
    }

    /// The meaning, and what else is worth knowing, in lines of comment.
    private func comment(_ key: KeyInfo, _ indent: Int) -> [String] {
        var words = Quoted.oneLine(key.meaning).split(separator: " ").map(String.init)
        if key.isRequired { words.append("(required)") }
        if key.nature == .value, let when = key.appliesWhen { words.append("(\(when))") }
        let head = String(repeating: " ", count: indent) + "//"
        var lines = [head]
        for word in words {
            if lines[lines.count - 1].utf8.count + word.utf8.count > ExampleReference.width, lines.last != head {
                lines.append(head)
            }
            lines[lines.count - 1] += " " + word
        }
        return lines
    }
}
