extension Redaction {
    /// A document with the stored secrets put back where the word for a hidden one stands: at the same key, in any
    /// spelling, entries of lists by `id` or `name` where they have one. Reports every place for which there is none.
    package func restored(_ document: Node, from stored: Node, _ reading: inout Reading) -> Node {
        guard document.mentionsHidden, let members = document.members else { return document }
        let outer = reading.path
        defer { reading.path = outer }
        let source = Stored(DocumentPlaces.effective(stored, keys), self)
        var restoring = Restoring(redaction: self, document: stored, reading: reading)
        restoring.reading.path = [Scope.wrapper]
        var restored = restoring.restore(members, source, .keys(keys))
        if let place = members.firstIndex(where: { $0.name == Scope.wrapper }) {
            restored[place].node = restoring.restore(members[place].node, source, .keys(keys))
        }
        reading.problems = restoring.reading.problems
        return Node(.object(restored), at: document.position)
    }
}

extension Node {
    /// Whether the word for a hidden value stands in one of its strings.
    var mentionsHidden: Bool {
        switch value {
        case .null, .bool, .number: false
        case .string(let text): Secret.isMentioned(in: text)
        case .array(let elements): elements.contains(where: \.mentionsHidden)
        case .object(let members): members.contains { $0.node.mentionsHidden }
        }
    }
}

extension Secret {
    /// Whether the word for a hidden value is part of a text.
    fileprivate static func isMentioned(in text: String) -> Bool {
        let word = redacted.utf8
        guard text.utf8.count >= word.count else { return false }
        if text.utf8.count == word.count { return text == redacted }
        return text.utf8.indices.contains { text.utf8[$0] == UInt8(ascii: "_") && text.utf8[$0...].starts(with: word) }
    }
}

/// The walk over a document and what is stored at the same keys.
private struct Restoring {
    let redaction: Redaction
    /// What is stored, whole.
    let document: Node
    var reading: Reading
    /// The stored secrets, looked for within strings where one is there in part.
    private lazy var search = redaction.secrets(of: document).search

    init(redaction: Redaction, document: Node, reading: Reading) {
        self.redaction = redaction
        self.document = document
        self.reading = reading
    }

    /// Leaves `gateway` to itself: nothing is declared of that name.
    mutating func restore(_ members: [Node.Member], _ source: Stored?, _ scope: Scope) -> [Node.Member] {
        let stored = source?.members(scope)
        var restored = members
        for (index, member) in members.enumerated() where member.node.mentionsHidden {
            let name = scope.canonical(member.name)
            if name == Scope.wrapper, reading.path.count == 1 { continue }
            reading.path.append(name)
            restored[index].node = restore(member.node, stored?(name), scope.below(member.name))
            reading.path.removeLast()
        }
        return restored
    }

    mutating func restore(_ node: Node, _ source: Stored?, _ scope: Scope) -> Node {
        guard node.mentionsHidden else { return node }
        switch node.value {
        case .null, .bool, .number:
            return node
        case .string(let text):
            return restore(text, node, source)
        case .object(let members):
            return Node(.object(restore(members, source, scope)), at: node.position)
        case .array(let elements):
            var entries = StoredEntries(source, among: elements, scope.element)
            let restored = elements.enumerated().map { index, element in
                reading.path.append("[\(index)]")
                defer { reading.path.removeLast() }
                return restore(element, entries.entry(for: element, at: index), scope.element)
            }
            return Node(.array(restored), at: node.position)
        }
    }

    private mutating func restore(_ text: String, _ node: Node, _ source: Stored?) -> Node {
        let isWhole = text == Secret.redacted
        switch source?.node.value {
        case .string(let secret) where isWhole ? secret != text : isShown(text, for: secret):
            return .string(secret, at: node.position)
        case .number(let secret) where isWhole:
            return Node(.number(secret), at: node.position)
        default:
            reading.error(
                node.position,
                "\(Secret.redacted) stands for a hidden value, and none is stored here; "
                    + "give the secret itself or ${NAME}")
            return node
        }
    }

    /// Whether a text is what a file's text shows of a string that has a secret within it, or the string itself.
    private mutating func isShown(_ text: String, for stored: String) -> Bool {
        text == stored || Array(text.utf8) == search.replacing(in: Array(stored.utf8))
    }
}

/// A stored node, and how it is shown.
private struct Stored {
    let node: Node
    let shown: Node

    /// From below `gateway`.
    init(_ node: Node, _ redaction: Redaction) {
        self.init(node, shown: redaction.hidden(canonical: node, resolved: false))
    }

    private init(_ node: Node, shown: Node) {
        self.node = node
        self.shown = shown
    }

    /// The members of an object, by canonical name.
    func members(_ scope: Scope) -> (String) -> Stored? {
        let (stored, shown) = (SpelledObject(node, scope), SpelledObject(shown, scope))
        return { name in stored[name].map { Stored($0, shown: shown[name] ?? $0) } }
    }

    /// None where this is no list.
    var entries: [Stored] { zip(node.elements ?? [], shown.elements ?? []).map { Stored($0, shown: $1) } }
}

/// The stored entries of a list, found for the entries of a document. Where these have no identity, a secret must not
/// go to another entry when one before it was removed: an entry that is shown as it is stored is that one, and the
/// place decides only where the list is as long as it was.
private struct StoredEntries {
    private let stored: [Stored]
    private let element: Scope
    private let identity: EntryIdentity?
    private let isSameLength: Bool
    /// Of each identity, or else of each form that is shown, the places among the stored.
    private var places: [String: [Int]] = [:]
    /// How many of the document's entries have each form.
    private var given: [String: Int] = [:]
    private var taken: [String: Int] = [:]

    init(_ source: Stored?, among elements: [Node], _ element: Scope) {
        stored = source?.entries ?? []
        self.element = element
        identity = EntryIdentity(of: source?.node.elements ?? [], element)
        isSameLength = stored.count == elements.count
        for (index, entry) in stored.enumerated() {
            let name = identity?.name(of: entry.node) ?? element.text(of: entry.shown)
            places[name, default: []].append(index)
        }
        if identity != nil { return }
        for entry in elements { given[element.text(of: entry), default: 0] += 1 }
    }

    mutating func entry(for entry: Node, at index: Int) -> Stored? {
        if let identity { return identity.name(of: entry).flatMap { places[$0]?.first }.map { stored[$0] } }
        let form = element.text(of: entry)
        guard let same = places[form] else { return isSameLength ? stored[index] : nil }
        if same.contains(index), isSameLength { return stored[index] }
        guard same.count == given[form] else { return nil }
        let turn = taken[form, default: 0]
        taken[form] = turn + 1
        return same.indices.contains(turn) ? stored[same[turn]] : nil
    }
}
