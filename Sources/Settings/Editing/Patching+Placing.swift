extension Patching {
    /// A document with a value at one key: nil takes it away, anything else replaces what is there. The path is one
    /// that `KeyPathText.split` gives, in any spelling; an entry goes by `[0]`, by its place as a bare number, or by
    /// its identity, and one that is missing is appended. Nil after what is wrong was reported.
    package static func placed(
        _ value: Node?, at path: [String], in document: Node, _ keys: [KeyInfo], _ reading: inout Reading
    ) -> Node? {
        let outer = reading.path
        defer { reading.path = outer }
        reading.path = [Scope.wrapper]
        let position = value?.position ?? Position(source: "key")
        let segments: [String]
        switch KeyLookup.canonical(path, keys) {
        case .success(let lookup): segments = lookup.segments
        case .failure(let failure):
            var problem = failure.problem
            problem.position = position
            reading.problems.append(problem)
            return nil
        }
        guard !segments.isEmpty else {
            reading.error(position, "expected a key such as http.listen")
            return nil
        }
        guard document.members != nil || document.isNull else {
            reading.expected("an object of keys", document)
            return nil
        }
        let places = DocumentPlaces(document)
        var placing = Placing(value: value, position: position, reading: reading)
        let objects = placing.edit(places.objects, segments[...], .keys(keys))
        reading.problems = placing.reading.problems
        return objects.map(places.document(with:))
    }
}

/// One value on its way to its place.
private struct Placing {
    let value: Node?
    let position: Position
    var reading: Reading

    /// Edits nodes that together are one, the first taking what is new. Nil after reporting.
    mutating func edit(_ nodes: [Node], _ path: ArraySlice<String>, _ scope: Scope) -> [Node]? {
        guard let name = path.first else { return value.map { [scope.canonical($0, &reading)] } }
        reading.path.append(name)
        defer { reading.path.removeLast() }
        if isList(nodes, name, scope) {
            var edited: [Node] = []
            for node in nodes {
                guard let entries = entries(of: node), let list = edit(entries, name, path.dropFirst(), scope) else {
                    return nil
                }
                edited.append(Node(.array(list), at: node.position))
            }
            return edited
        }
        // Nothing stands below nothing.
        if value == nil, nodes.allSatisfy(\.isNull) { return nodes }
        if let blocked = nodes.first(where: { $0.members == nil && !$0.isNull }) {
            refuse("expected an object to hold it, found \(blocked.kindInWords); set that as a whole")
            return nil
        }
        return edit(nodes.map { SpelledObject($0.isNull ? empty : $0, scope) }, name, path.dropFirst(), scope)
    }

    private var empty: Node { Node(.object([]), at: position) }

    private mutating func edit(
        _ holders: [SpelledObject], _ name: String, _ rest: ArraySlice<String>, _ scope: Scope
    ) -> [Node]? {
        var objects = holders
        let known = objects.indices.filter { objects[$0][name] != nil }
        if value == nil, rest.isEmpty || known.isEmpty {
            for index in objects.indices { objects[index].remove(name) }
            return objects.map(\.result)
        }
        let below = scope.below(name)
        let nodes = known.compactMap { objects[$0][name] }
        guard let edited = edit(nodes.isEmpty ? [Node(.null, at: position)] : nodes, rest, below) else { return nil }
        guard !nodes.isEmpty else {
            objects[0].append(Node.Member(name: name, namePosition: position, node: edited[0]))
            return objects.map(\.result)
        }
        // A value that replaces stands alone in `edited`.
        for (place, index) in known.enumerated() { objects[index].replace(name, edited[min(place, edited.count - 1)]) }
        return objects.map(\.result)
    }

    private mutating func edit(
        _ entries: [Node], _ name: String, _ rest: ArraySlice<String>, _ scope: Scope
    ) -> [Node]? {
        var list = entries
        let element = scope.element
        let identity = identityKey(entries, scope)
        let place = Node.entry(name, in: entries, element)
        if value == nil, rest.isEmpty, let place {
            list.remove(at: place)
            return list
        }
        let isNew = place == nil
        guard let place = place ?? newPlace(name, entries, identity) else { return nil }
        guard let edited = edit([isNew ? Node(.null, at: position) : list[place]], rest, element)?.first else {
            return nil
        }
        let isNamed = KeyPathText.index(name) != place
        let entry = isNamed ? identified(edited, identity, name, element) : edited
        if isNew { list.append(entry) } else { list[place] = entry }
        return list
    }

    /// Where an entry goes that is not there; nil after reporting.
    private mutating func newPlace(_ name: String, _ entries: [Node], _ identity: String?) -> Int? {
        if let index = KeyPathText.index(name) {
            if index == entries.count, value != nil { return index }
            let most = value == nil ? "" : "; [\(entries.count)] appends one"
            refuse("no such entry; the list has \(entries.count)\(most)")
            return nil
        }
        if value != nil, identity != nil { return entries.count }
        let names = entries.compactMap { entry in identity.flatMap { entry[$0]?.string } }
        let hint = Nearest.hint(for: name, among: names)
        refuse("no entry \(Quoted.quote(name)) among the list's \(entries.count)\(hint)")
        return nil
    }

    /// The name by which an entry was asked for is part of it, unless the value has another.
    private func identified(_ entry: Node, _ identity: String?, _ name: String, _ element: Scope) -> Node {
        guard let identity, let members = entry.members, SpelledObject(entry, element)[identity] == nil else {
            return entry
        }
        let member = Node.Member(name: identity, namePosition: position, node: .string(name, at: position))
        return Node(.object([member] + members), at: entry.position)
    }

    /// The canonical name of the member that tells the entries apart, if the list is declared to have one or has one.
    private func identityKey(_ entries: [Node], _ scope: Scope) -> String? {
        if case .entries(_, let identity?) = scope { return identity }
        return EntryIdentity(of: entries, scope.element)?.key
    }

    private mutating func entries(of node: Node) -> [Node]? {
        if let elements = node.elements { return elements }
        if node.isNull { return [] }
        refuse("expected a list to hold it, found \(node.kindInWords); set that as a whole")
        return nil
    }

    private func isList(_ nodes: [Node], _ name: String, _ scope: Scope) -> Bool {
        switch scope {
        case .document, .keys, .names: return false
        case .entries: return true
        case .value(let keys, let index):
            if nodes.contains(where: { $0.elements != nil }) { return true }
            return nodes.allSatisfy { $0.isNull } && !keys[index].shape.kinds.contains(.object)
        case .free:
            if nodes.contains(where: { $0.elements != nil }) { return true }
            return nodes.allSatisfy { $0.isNull } && name.hasPrefix("[") && KeyPathText.index(name) != nil
        }
    }

    private mutating func refuse(_ message: String) { reading.error(position, message) }
}
