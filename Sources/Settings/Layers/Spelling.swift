/// The spellings of keys: camelCase is canonical, snake_case is accepted.
package enum Spelling {
    /// `maxIdleConnsPerHost` as `max_idle_conns_per_host`, `defaultTTL` as `default_ttl`.
    package static func snake(_ name: String) -> String {
        let letters = Array(name.utf8)
        var words: [UInt8] = []
        for (index, letter) in letters.enumerated() {
            guard isUpper(letter) else {
                words.append(letter)
                continue
            }
            let before = index > 0 ? letters[index - 1] : nil
            let after = index + 1 < letters.count ? letters[index + 1] : nil
            let opensWord = before.map { !isUpper($0) && $0 != UInt8(ascii: "_") } ?? false
            let endsAcronym = (before.map(isUpper) ?? false) && (after.map(isLower) ?? false)
            if opensWord || endsAcronym { words.append(UInt8(ascii: "_")) }
            words.append(letter | 0x20)
        }
        return String(decoding: words, as: UTF8.self)
    }

    private static func isUpper(_ byte: UInt8) -> Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) }
    private static func isLower(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }

    /// All accepted spellings of a key, the canonical one first.
    static func all(_ name: String, _ aliases: [String]) -> [String] {
        var spellings: [String] = []
        for word in [name] + aliases {
            for spelling in [word, snake(word)] where !spellings.contains(spelling) { spellings.append(spelling) }
        }
        return spellings
    }

    /// The key that a name means.
    static func key(_ name: String, among keys: [KeyInfo]) -> KeyInfo? {
        keys.first { $0.name == name } ?? keys.first { $0.spellings.contains(name) }
    }

    /// Renames the members of an object, and of all sections below, to their canonical names. Unknown keys and keys
    /// given in two spellings are reported and left out. As deep as the declarations, not as the input. `others` are
    /// names that stand beside the keys: suggested, not read here.
    static func canonical(
        _ node: Node, _ keys: [KeyInfo], _ reading: inout Reading, others: [String] = []
    ) -> Node {
        guard let members = node.members else { return node }
        var result: [Node.Member] = []
        var places: [String: Node.Member] = [:]
        for member in members {
            guard let key = key(member.name, among: keys) else {
                reading.unknown(member.name, at: member.namePosition, keys, others: others)
                continue
            }
            if let first = places[key.name] {
                let place = first.namePosition.text
                reading.under(key.name) {
                    $0.error(
                        member.namePosition,
                        "given twice, as '\(first.name)' at \(place) and as '\(member.name)' here; keep one")
                }
                continue
            }
            places[key.name] = member
            let inner = reading.under(key.name) { below(member.node, key, &$0) }
            result.append(Node.Member(name: key.name, namePosition: member.namePosition, node: inner))
        }
        return Node(.object(result), at: node.position)
    }

    /// Whether every name in an entry is spelled as it is declared, and given once: then nothing is to be done.
    private static func isCanonical(_ node: Node, _ keys: [KeyInfo]) -> Bool {
        guard let members = node.members, members.count <= keys.count else { return false }
        var seen: UInt64 = 0
        for index in members.indices {
            guard let place = keys.firstIndex(where: { $0.name == members[index].name }), place < 64,
                seen & (1 << UInt64(place)) == 0
            else { return false }
            seen |= 1 << UInt64(place)
            let key = keys[place]
            switch key.nature {
            case .value, .later: continue
            case .section, .optionalSection:
                guard isCanonical(members[index].node, key.children) else { return false }
            case .list, .map: return false
            }
        }
        return true
    }

    private static func below(_ node: Node, _ key: KeyInfo, _ reading: inout Reading) -> Node {
        switch (key.nature, node.value) {
        case (.value, _), (.later, _):
            return node
        case (.section, .string):
            guard let word = key.word else { return node }
            return Node(
                .object([Node.Member(name: word, namePosition: node.position, node: node)]), at: node.position)
        case (.section, _), (.optionalSection, _):
            return canonical(node, key.children, &reading)
        case (.list, .array(let elements)):
            let entries = elements.enumerated().map { index, element in
                isCanonical(element, key.children)
                    ? element : reading.under("[\(index)]") { canonical(element, key.children, &$0) }
            }
            return Node(.array(entries), at: node.position)
        case (.list, .object) where key.takesOne:
            return canonical(node, key.children, &reading)
        case (.map, .object(let members)):
            let entries = members.map { member in
                Node.Member(
                    name: member.name, namePosition: member.namePosition,
                    node: reading.under(member.name) { canonical(member.node, key.children, &$0) })
            }
            return Node(.object(entries), at: node.position)
        case (.list, _), (.map, _):
            return node
        }
    }
}

extension Reading {
    mutating func unknown(_ name: String, at position: Position, _ keys: [KeyInfo], others: [String] = []) {
        under(name) { reading in
            let near = Nearest.hint(for: name, among: keys.flatMap { [$0.name] + $0.aliases } + others)
            reading.error(
                position, "unknown key\(near.isEmpty ? "; see docs/configuration.md for the keys there are" : near)")
        }
    }
}
