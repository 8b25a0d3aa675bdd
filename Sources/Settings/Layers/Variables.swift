/// `${NAME}` in strings, which takes a variable of the environment; `$${NAME}` is the characters themselves.
enum Variables {
    struct Expansion: Equatable {
        var text = ""
        var missing: [String] = []
        /// A `${` that names no variable.
        var isMalformed = false
        var hasVariables = false
    }

    static func expand(_ text: String, _ environment: [String: String]) -> Expansion {
        var result = Expansion()
        guard text.utf8.contains(UInt8(ascii: "$")) else {
            result.text = text
            return result
        }
        var rest = text.unicodeScalars[...]
        while let mark = rest.firstIndex(of: "$") {
            result.text.unicodeScalars += rest[..<mark]
            rest = rest[mark...]
            if rest.starts(with: "$${".unicodeScalars) {
                result.text += "${"
                rest = rest.dropFirst(3)
            } else if rest.starts(with: "${".unicodeScalars) {
                rest = rest.dropFirst(2)
                let name = String(String.UnicodeScalarView(rest.prefix { $0 != "}" }))
                guard isName(name), name.unicodeScalars.count < rest.count else {
                    result.isMalformed = true
                    result.text += "${"
                    continue
                }
                rest = rest.dropFirst(name.unicodeScalars.count + 1)
                result.hasVariables = true
                if let value = environment[name] {
                    result.text += value
                } else if !result.missing.contains(name) {
                    result.missing.append(name)
                }
            } else {
                result.text += "$"
                rest = rest.dropFirst()
            }
        }
        result.text.unicodeScalars += rest
        return result
    }

    /// As POSIX has it: letters, digits and underscores, no digit first.
    static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !NumberLiteral.isDigit(first) else { return false }
        return name.utf8.allSatisfy {
            NumberLiteral.isDigit($0) || $0 == UInt8(ascii: "_")
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20)
        }
    }
}

/// Puts the environment's values into a merged tree.
struct VariableFilling {
    let environment: [String: String]

    /// Fills an object whose names are canonical. Within sections the key's shape decides what the text becomes:
    /// `"${PORT}"` may be a number.
    func fill(_ node: Node, _ keys: [KeyInfo], _ reading: inout Reading) -> Node {
        guard let members = node.members else { return fill(node, shape: nil, &reading) }
        let filled = members.map { member in
            let key = keys.first { $0.name == member.name }
            let inner = reading.under(member.name) { reading in
                key.map { below(member.node, $0, &reading) } ?? fill(member.node, shape: nil, &reading)
            }
            return Node.Member(name: member.name, namePosition: member.namePosition, node: inner)
        }
        return Node(.object(filled), at: node.position)
    }

    /// Whether a variable may be named anywhere in it: long lists mostly name none, and are not copied for nothing.
    private static func mentions(_ node: Node) -> Bool {
        switch node.value {
        case .null, .bool, .number: false
        case .string(let text): text.utf8.contains(UInt8(ascii: "$"))
        case .array(let elements): elements.contains { mentions($0) }
        case .object(let members): members.indices.contains { mentions(members[$0].node) }
        }
    }

    private func below(_ node: Node, _ key: KeyInfo, _ reading: inout Reading) -> Node {
        switch (key.nature, node.value) {
        case (.section, .object), (.optionalSection, .object):
            return fill(node, key.children, &reading)
        case (.list, .array(let elements)):
            let entries = elements.enumerated().map { index, element in
                Self.mentions(element) ? reading.under("[\(index)]") { fill(element, key.children, &$0) } : element
            }
            return Node(.array(entries), at: node.position)
        case (.list, .object) where key.takesOne:
            return fill(node, key.children, &reading)
        case (.map, .object(let members)):
            let entries = members.map { member in
                Node.Member(
                    name: member.name, namePosition: member.namePosition,
                    node: reading.under(member.name) { fill(member.node, key.children, &$0) })
            }
            return Node(.object(entries), at: node.position)
        case (.value, _):
            return fill(node, shape: key.shape, &reading)
        default:
            return fill(node, shape: nil, &reading)
        }
    }

    /// Fills every string below; readers have bounded the depth.
    private func fill(_ node: Node, shape: Shape?, _ reading: inout Reading) -> Node {
        switch node.value {
        case .null, .bool, .number:
            return node
        case .string(let text):
            return fill(text, node, shape, &reading)
        case .array(let elements):
            let entries = elements.enumerated().map { index, element in
                reading.under("[\(index)]") { fill(element, shape: shape?.element, &$0) }
            }
            return Node(.array(entries), at: node.position)
        case .object(let members):
            let value: Shape? = if case .map(let value) = shape?.kind { value } else { nil }
            let entries = members.map { member in
                Node.Member(
                    name: member.name, namePosition: member.namePosition,
                    node: reading.under(member.name) { fill(member.node, shape: value, &$0) })
            }
            return Node(.object(entries), at: node.position)
        }
    }

    private func fill(_ text: String, _ node: Node, _ shape: Shape?, _ reading: inout Reading) -> Node {
        // What the environment itself gave is taken as it is: its values are not ours to read names from.
        if node.position.isVariable { return node }
        let expansion = Variables.expand(text, environment)
        if expansion.isMalformed {
            reading.error(node.position, "expected a variable such as ${NAME}; write $${ for the characters themselves")
            reading.silenced.insert(node.position)
            return node
        }
        guard expansion.missing.isEmpty else {
            let names = Quoted.list(expansion.missing, last: "and")
            let words = expansion.missing.count == 1 ? "variable \(names) is not set" : "variables \(names) are not set"
            reading.unready(node.position, "\(words); set it, or write $${ for the characters themselves")
            reading.silenced.insert(node.position)
            return Node(.string(""), at: node.position)
        }
        guard expansion.hasVariables, let shape else { return Node(.string(expansion.text), at: node.position) }
        return LooseText.scalar(expansion.text, shape, at: node.position)
    }
}

extension Position {
    /// Whether this is a variable of the environment.
    var isVariable: Bool { line == 0 && source.hasPrefix(EnvironmentName.owned) }
}
