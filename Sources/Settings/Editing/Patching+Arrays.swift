extension Patching {
    /// The arrays of a document that have lost entries in what it became, by canonical path, outermost only. Where the
    /// entries have identities, an entry is lost when its identity is; else when no element is the same, so that an
    /// array which is replaced has lost what the new one does not repeat. An array that is taken away, alone or with
    /// what holds it, has lost all.
    package static func shrunkArrays(_ before: Node, _ after: Node, _ keys: [KeyInfo]) -> [String] {
        var search = ShrunkArrays()
        search.compare(
            DocumentPlaces.effective(before, keys), DocumentPlaces.effective(after, keys), .keys(keys))
        return search.found.map(KeyPathText.join)
    }

    /// The form in which `shrunkArrays` tells a path, of one in any spelling, with or without `gateway`; nil where it
    /// means no key.
    package static func canonicalPath(_ text: String, _ keys: [KeyInfo]) -> String? {
        guard case .success(let lookup) = KeyLookup.canonical(text, keys) else { return nil }
        return lookup.pathText
    }
}

/// The walk over two versions of a document's keys.
private struct ShrunkArrays {
    private(set) var found: [[String]] = []
    private var path = [Scope.wrapper]

    mutating func compare(_ before: Node, _ after: Node?, _ scope: Scope) {
        if let after, before.isShared(with: after) { return }
        switch before.value {
        case .null, .bool, .number, .string:
            return
        case .array(let entries):
            if entries.isEmpty { return }
            guard let others = after?.elements else { return found.append(path) }
            compare(entries, others, scope)
        case .object(let members):
            let others = after.flatMap { $0.members == nil ? nil : SpelledObject($0, scope) }
            for member in members {
                let name = scope.canonical(member.name)
                under(name) { $0.compare(member.node, others?[name], scope.below(member.name)) }
            }
        }
    }

    private mutating func compare(_ entries: [Node], _ others: [Node], _ scope: Scope) {
        let element = scope.element
        guard let identity = EntryIdentity(of: entries, element) else {
            // Mostly the array is as it was, or longer.
            if entries.count <= others.count, zip(entries, others).allSatisfy({ $0.isSame(as: $1) }) { return }
            if !NodeBag(others, element).holds(entries, element) { found.append(path) }
            return
        }
        var places: [String: [Int]] = [:]
        for index in others.indices.reversed() {
            if let name = identity.name(of: others[index]) { places[name, default: []].append(index) }
        }
        var pairs: [(name: String, entry: Node, other: Node)] = []
        for entry in entries {
            guard let name = identity.name(of: entry), let place = places[name]?.popLast() else {
                return found.append(path)
            }
            pairs.append((name, entry, others[place]))
        }
        for pair in pairs where !pair.entry.isShared(with: pair.other) {
            under(pair.name) { $0.compare(pair.entry, pair.other, element) }
        }
    }

    private mutating func under(_ segment: String, _ compare: (inout ShrunkArrays) -> Void) {
        path.append(segment)
        compare(&self)
        path.removeLast()
    }
}

/// Nodes without order, counted by what they say.
private struct NodeBag {
    private var counts: [String: Int] = [:]

    init(_ nodes: [Node], _ scope: Scope) {
        for node in nodes { counts[scope.text(of: node), default: 0] += 1 }
    }

    /// Whether each of the nodes is in it, as often as they have it.
    func holds(_ nodes: [Node], _ scope: Scope) -> Bool {
        var rest = counts
        for node in nodes {
            let text = scope.text(of: node)
            guard let count = rest[text], count > 0 else { return false }
            rest[text] = count - 1
        }
        return true
    }
}
