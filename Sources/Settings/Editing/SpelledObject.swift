/// The members of a document's object, found by canonical name whatever their spelling, and kept in their order.
struct SpelledObject {
    private let node: Node
    private let scope: Scope
    private var members: [Node.Member]
    private var removed: Set<Int> = []
    /// By canonical name, where there are so many members that a search would tell.
    private let places: [String: Int]?
    private var isChanged = false

    /// What is no object has no members.
    init(_ node: Node, _ scope: Scope) {
        self.node = node
        self.scope = scope
        members = node.members ?? []
        guard members.count > 24 else {
            places = nil
            return
        }
        var places: [String: Int] = [:]
        for (index, member) in members.enumerated() {
            let name = scope.canonical(member.name)
            if places[name] == nil { places[name] = index }
        }
        self.places = places
    }

    /// The node with its changes; the node itself where there are none.
    var result: Node {
        guard isChanged else { return node }
        let kept = removed.isEmpty ? members : members.indices.filter { !removed.contains($0) }.map { members[$0] }
        return Node(.object(kept), at: node.position)
    }

    subscript(_ canonical: String) -> Node? { place(of: canonical).map { members[$0].node } }

    private func place(of canonical: String) -> Int? {
        if let places { return places[canonical].flatMap { removed.contains($0) ? nil : $0 } }
        let exact = members.indices.first { members[$0].name == canonical && !removed.contains($0) }
        if let exact { return exact }
        let spellings = scope.spellings(of: canonical)
        if spellings.count == 1 { return nil }
        return members.indices.first { spellings.contains(members[$0].name) && !removed.contains($0) }
    }

    /// Gives a member that is there another value, under the name that it has.
    mutating func replace(_ canonical: String, _ value: Node) {
        guard let place = place(of: canonical) else { return }
        members[place].node = value
        isChanged = true
    }

    /// Adds a member that is not there.
    mutating func append(_ member: Node.Member) {
        members.append(member)
        isChanged = true
    }

    mutating func remove(_ canonical: String) {
        while let place = place(of: canonical) {
            removed.insert(place)
            isChanged = true
            // With `places`, one spelling of a name is known; a document with two is refused when it is read.
            if places != nil { return }
        }
    }
}

/// How the entries of a list in a document are told apart: by `id`, or else by `name`, in the document's spelling.
struct EntryIdentity {
    /// The canonical name of the member that tells.
    let key: String
    private let spellings: [String]

    /// Nil where there are no entries, or one of them has no identity: as `MergePatch.identity` has it.
    init?(of entries: [Node], _ element: Scope) {
        guard !entries.isEmpty else { return nil }
        for key in ["id", "name"] {
            let spellings = element.spellings(of: key)
            guard entries.allSatisfy({ EntryIdentity.string(of: $0, spellings) != nil }) else { continue }
            self.key = key
            self.spellings = spellings
            return
        }
        return nil
    }

    /// The identity of one entry; every entry has one of those that this was made of.
    func name(of entry: Node) -> String? { EntryIdentity.string(of: entry, spellings) }

    private static func string(of entry: Node, _ spellings: [String]) -> String? {
        for spelling in spellings {
            if let text = entry[spelling]?.string { return text }
        }
        return nil
    }
}
