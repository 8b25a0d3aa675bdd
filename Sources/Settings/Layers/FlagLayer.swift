/// The layer of flags: `--config.http.listen=VALUE`.
struct FlagLayer {
    private let keys: [KeyInfo]

    init(_ keys: [KeyInfo]) { self.keys = keys }

    /// What the flags set: a patch for each, in the order given.
    func patches(_ flags: [(key: String, value: String)], _ reading: inout Reading) -> [Node] {
        var patches: [Node] = []
        for flag in flags {
            let position = Position(source: "--config.\(flag.key)")
            guard var path = KeyPathText.split(flag.key), !path.isEmpty else {
                reading.error(position, "expected a key such as http.listen between '--config.' and '='")
                continue
            }
            if path.first == "gateway" { path.removeFirst() }
            let outer = reading.path
            if let patch = place(flag.value, path[...], keys, position, &reading) { patches.append(patch) }
            reading.path = outer
        }
        return patches
    }

    /// The value wrapped in the objects that its path names; nil after reporting. No deeper than the path.
    private func place(
        _ text: String, _ path: ArraySlice<String>, _ keys: [KeyInfo], _ position: Position, _ reading: inout Reading
    ) -> Node? {
        guard let name = path.first else {
            return object(text, position, &reading).map { Spelling.canonical($0, keys, &reading) }
        }
        guard let key = Spelling.key(name, among: keys) else {
            reading.unknown(name, at: position, keys)
            return nil
        }
        reading.path.append(key.name)
        let rest = path.dropFirst()
        let inner: Node? =
            switch key.nature {
            case .section, .optionalSection: place(text, rest, key.children, position, &reading)
            case .map: placeInMap(text, rest, key, position, &reading)
            case .list: rest.isEmpty ? list(text, key, position, &reading) : refuse(key, position, &reading)
            case .later: wrap(LooseText.scalar(text, .anything, at: position), rest, position)
            case .value: placeValue(text, rest, key, position, &reading)
            }
        return inner.map { wrap($0, [key.name], position) }
    }

    private func placeInMap(
        _ text: String, _ path: ArraySlice<String>, _ key: KeyInfo, _ position: Position, _ reading: inout Reading
    ) -> Node? {
        guard let name = path.first else {
            guard let node = object(text, position, &reading), let members = node.members else { return nil }
            let entries = members.map { member in
                Node.Member(
                    name: member.name, namePosition: position,
                    node: reading.under(member.name) { Spelling.canonical(member.node, key.children, &$0) })
            }
            return Node(.object(entries), at: position)
        }
        reading.path.append(name)
        return place(text, path.dropFirst(), key.children, position, &reading).map { wrap($0, [name], position) }
    }

    private func placeValue(
        _ text: String, _ path: ArraySlice<String>, _ key: KeyInfo, _ position: Position, _ reading: inout Reading
    ) -> Node? {
        guard !path.isEmpty else { return value(text, key.shape, position, &reading) }
        guard case .map(let shape) = key.shape.kind, path.count == 1 else { return refuse(key, position, &reading) }
        return value(text, shape, position, &reading).map { wrap($0, path, position) }
    }

    private func refuse(_ key: KeyInfo, _ position: Position, _ reading: inout Reading) -> Node? {
        reading.error(position, "a flag sets this key as a whole; give --config.\(key.pathText.dropFirst(8))=VALUE")
        return nil
    }

    /// A string-typed key takes the text as it is; others take JSON5 where the text is some.
    private func value(_ text: String, _ shape: Shape, _ position: Position, _ reading: inout Reading) -> Node? {
        let isPlainText = shape.kinds == .string
        if !isPlainText, let first = text.first, first == "{" || first == "[" || first == "\"" || first == "'" {
            return parsed(text, position, &reading)
        }
        if !isPlainText, text == "null" { return Node(.null, at: position) }
        return attempt(position, &reading) { () throws(SyntaxError) in try LooseText.value(text, shape, at: position) }
    }

    private func list(_ text: String, _ key: KeyInfo, _ position: Position, _ reading: inout Reading) -> Node? {
        guard let node = parsed(text, position, &reading) else { return nil }
        guard let elements = node.elements else {
            if node.isNull { return node }
            reading.expected("a list of objects in JSON5", node)
            return nil
        }
        let entries = elements.enumerated().map { index, entry in
            reading.under("[\(index)]") { Spelling.canonical(entry, key.children, &$0) }
        }
        return Node(.array(entries), at: position)
    }

    private func object(_ text: String, _ position: Position, _ reading: inout Reading) -> Node? {
        guard let node = parsed(text, position, &reading) else { return nil }
        guard node.members != nil || node.isNull else {
            reading.expected("an object in JSON5", node)
            return nil
        }
        return node
    }

    private func parsed(_ text: String, _ position: Position, _ reading: inout Reading) -> Node? {
        attempt(position, &reading) { () throws(SyntaxError) in try LooseText.parse(text, at: position) }
    }

    private func attempt(
        _ position: Position, _ reading: inout Reading, _ read: () throws(SyntaxError) -> Node
    ) -> Node? {
        do throws(SyntaxError) {
            return try read()
        } catch {
            reading.error(position, error.message)
            return nil
        }
    }

    private func wrap(_ node: Node, _ path: ArraySlice<String>, _ position: Position) -> Node {
        path.reversed().reduce(node) { inner, name in
            Node(.object([Node.Member(name: name, namePosition: position, node: inner)]), at: position)
        }
    }
}
