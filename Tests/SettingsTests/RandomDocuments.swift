import Settings

/// Trees, and texts that say them in many layouts, out of one seed.
struct RandomDocuments {
    var random: SeededRandom
    /// Whether there are lines below `|`, of which deep comments would be more.
    var hasTexts = false

    init(seed: UInt64) { random = SeededRandom(state: seed) }

    private static let words = [
        "a", "b", "id", "name", "rules", "listen", "größe", "x-y", "a b", "1", "null", "<<", "", "it's", "\"", "#",
        "- x",
        "a: b", "a,b", "//", "*/", "[", "{}", "yes", "1e3", "~", "&a", "*a", "!t", "%", "@", "`", "\n", "é\u{2028}",
        "\u{7F}", "\u{85}\u{FEFF}", "😀", " lead", "trail ", "a\nb\n", "\t", "\\", "|", ">", "?", "? x", "---", "...",
    ]

    mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &random) == 0 }

    mutating func pick<T>(_ choices: [T], or last: T) -> T { choices.randomElement(using: &random) ?? last }

    // MARK: Trees

    mutating func node(depth: Int) -> Node {
        let kind = depth > 0 ? Int.random(in: 0..<8, using: &random) : Int.random(in: 0..<4, using: &random)
        switch kind {
        case 0: return Node(pick([.null, .bool(true), .bool(false)], or: .null))
        case 1: return Node(.number(pick(["0", "1", "-1", "1.5", "1e3", "100", "65536"], or: "0")))
        case 2, 3: return .string(pick(Self.words, or: ""))
        case 4: return array(depth: depth)
        case 5: return entries(depth: depth)
        default: return object(depth: depth)
        }
    }

    mutating func object(depth: Int) -> Node {
        var members: [(String, Node)] = []
        for _ in 0..<Int.random(in: 0...5, using: &random) {
            let name = pick(Self.words, or: "a")
            if !members.contains(where: { $0.0 == name }) { members.append((name, node(depth: depth - 1))) }
        }
        return .object(members)
    }

    private mutating func array(depth: Int) -> Node {
        Node(.array((0..<Int.random(in: 0...5, using: &random)).map { _ in node(depth: depth - 1) }))
    }

    /// Entries that are told apart by `id`.
    private mutating func entries(depth: Int) -> Node {
        let names = ["a", "b", "c", "d", "e", "f"].shuffled(using: &random)
        return Node(
            .array(
                names.prefix(Int.random(in: 0...5, using: &random)).map { name in
                    var members = object(depth: depth - 1).members ?? []
                    members.removeAll { $0.name == "id" }
                    let place = Int.random(in: 0...members.count, using: &random)
                    members.insert(Node.Member(name: "id", namePosition: .unwritten, node: .string(name)), at: place)
                    return Node(.object(members))
                }))
    }

    /// A tree that is like another: things in it are changed, gone, new, or in another order.
    mutating func changed(_ node: Node, depth: Int) -> Node {
        if chance(12) { return self.node(depth: depth) }
        switch node.value {
        case .object(var members):
            if chance(3) { members.removeAll { _ in chance(2) } }
            for index in members.indices where chance(2) {
                members[index].node = changed(members[index].node, depth: depth - 1)
            }
            while chance(3) {
                let name = pick(Self.words, or: "a")
                if members.contains(where: { $0.name == name }) { continue }
                let value = self.node(depth: depth - 1)
                members.append(Node.Member(name: name, namePosition: .unwritten, node: value))
            }
            if chance(6) { members.shuffle(using: &random) }
            return Node(.object(members))
        case .array(var elements):
            if chance(3) { elements.removeAll { _ in chance(2) } }
            for index in elements.indices where chance(3) {
                elements[index] = changed(elements[index], depth: depth - 1)
            }
            while chance(3) {
                let place = Int.random(in: 0...elements.count, using: &random)
                elements.insert(self.node(depth: depth - 1), at: place)
            }
            if chance(6) { elements.shuffle(using: &random) }
            return Node(.array(elements))
        default:
            return chance(2) ? self.node(depth: depth) : node
        }
    }

    // MARK: JSON5

    /// The tree with space, comments, quotes and commas anywhere.
    mutating func json5(_ node: Node) -> String {
        let newline = pick(["\n", "\n", "\r\n", "\r"], or: "\n")
        let text = space() + json5(node, "") + space()
        return (chance(8) ? "\u{FEFF}" : "") + text.replacingLines(newline)
    }

    private mutating func json5(_ node: Node, _ indent: String) -> String {
        switch node.value {
        case .string(let text): return quotedLoosely(text)
        case .array(let elements):
            let items = elements.map { json5($0, indent + "  ") }
            return between("[", items, "]", indent)
        case .object(let members):
            let items = members.map { member in
                let isWord = member.name.utf8.allSatisfy { (0x61...0x7A).contains($0) } && !member.name.isEmpty
                let name = isWord && chance(2) ? member.name : quotedLoosely(member.name)
                return name + (chance(6) ? space() : "") + ":" + (chance(6) ? space() : " ")
                    + json5(member.node, indent + "  ")
            }
            return between("{", items, "}", indent)
        default: return node.json
        }
    }

    private mutating func between(_ open: String, _ items: [String], _ close: String, _ indent: String) -> String {
        let isTidy = !chance(3)
        let isInline = isTidy && chance(2)
        let trailing = !items.isEmpty && chance(2) ? "," : ""
        if isTidy {
            let lead = isInline ? " " : "\n\(indent)  "
            let lines = items.map { item in (isInline || chance(2) ? lead : "\(lead)// about it\(lead)") + item }
            return open + lines.joined(separator: ",") + trailing + (isInline ? " " : "\n\(indent)") + close
        }
        var text = open + space()
        for (index, item) in items.enumerated() {
            text += item + space() + (index < items.count - 1 ? "," : trailing) + space()
        }
        return text + close
    }

    private mutating func space() -> String {
        var text = ""
        while chance(2) {
            text += pick(
                [
                    " ", "\n", "\n  ", "\t", "\n\n", "// c, } ]\n", "/* , */", "/* \n */", "\u{A0}", "//\n",
                    "// \u{85},\n",
                ],
                or: " ")
        }
        return text
    }

    mutating func quotedLoosely(_ text: String) -> String {
        let json = JSONText.quoted(text)
        guard chance(2), !text.contains("'"), !json.contains("\\") else { return json }
        return "'\(text)'"
    }
}

extension String {
    fileprivate func replacingLines(_ newline: String) -> String {
        newline == "\n" ? self : split(separator: "\n", omittingEmptySubsequences: false).joined(separator: newline)
    }
}
