extension Key {
    /// A key that holds an object of keys. With a `word`, a string alone is the value of the key of that name.
    package static func section<T: Section>(
        _ name: String, _ path: any WritableKeyPath<S, T> & Sendable, _ meaning: String, word: String? = nil,
        aliases: [String] = []
    ) -> Key {
        Key(
            name, meaning, nature: .section, shape: .object, aliases: aliases, word: word,
            children: { KeyInfo.children(of: T.self, at: $0, defaults: $1[keyPath: path]) },
            node: { [blank = BlankNode(T())] in blank.node(of: $0[keyPath: path]) },
            collect: { old, new, differences in
                differences.under(name) { T.collect(old[keyPath: path], new[keyPath: path], &$0) }
            }
        ) { section, node, reading in
            // Absent keys are read too, so that what is required within them is missed.
            let given = node.given(name) ?? Node(.object([]), at: node.position)
            let base = section[keyPath: path]
            section[keyPath: path] = reading.under(name) { T.fill(given, over: base, &$0) }
            return true
        }
    }

    /// A key that may hold an object of keys; nil where it is absent.
    package static func section<T: Section>(
        _ name: String, _ path: any WritableKeyPath<S, T?> & Sendable, _ meaning: String, aliases: [String] = []
    ) -> Key {
        Key(
            name, meaning, nature: .optionalSection, shape: .object, aliases: aliases,
            children: { place, _ in KeyInfo.children(of: T.self, at: place) },
            node: { $0[keyPath: path]?.node },
            collect: { old, new, differences in
                differences.under(name) { $0.entry(old[keyPath: path], new[keyPath: path], T.applies) }
            }
        ) { section, node, reading in
            guard let given = node.given(name) else { return true }
            section[keyPath: path] = reading.under(name) { T.fill(given, &$0) }
            return true
        }
    }

    /// A list of objects. With an `identity` (`id`, `name`), each entry must have it, and no two the same. With
    /// `orOne`, an object alone is a list of it.
    package static func list<T: Section>(
        _ name: String, _ path: any WritableKeyPath<S, [T]> & Sendable, _ meaning: String, identity: String? = nil,
        orOne: Bool = false, aliases: [String] = []
    ) -> Key {
        let isDeclaredRequired = T.keys.contains { $0.name == identity && $0.isRequired }
        return Key(
            name, meaning, nature: .list(identity: identity), shape: .list(of: .object), aliases: aliases,
            takesOne: orOne, children: { place, _ in KeyInfo.children(of: T.self, at: place.inEntry) },
            node: { Node(.array($0[keyPath: path].map { $0.node }), at: .builtIn) },
            collect: { old, new, differences in
                differences.under(name) { $0.lists(old[keyPath: path], new[keyPath: path], identity: identity) }
            }
        ) { section, node, reading in
            guard let given = node.given(name) else { return true }
            return reading.under(name) { reading in
                guard let entries = given.elements ?? (orOne && given.members != nil ? [given] : nil) else {
                    reading.expected(orOne ? "an object, or a list of objects" : "a list of objects", given)
                    return false
                }
                section[keyPath: path] = reading.entries(entries, T.self)
                if let identity {
                    reading.identify(entries, by: identity, isMissingReported: isDeclaredRequired)
                }
                return true
            }
        }
    }

    /// Free names, each with an object of keys.
    package static func map<T: Section>(
        _ name: String, _ path: any WritableKeyPath<S, [String: T]> & Sendable, _ meaning: String,
        aliases: [String] = []
    ) -> Key {
        Key(
            name, meaning, nature: .map, shape: .map(of: .object), aliases: aliases,
            children: { place, _ in KeyInfo.children(of: T.self, at: place.underName) },
            node: { mapNode($0[keyPath: path]) },
            collect: { old, new, differences in
                differences.under(name) { $0.maps(old[keyPath: path], new[keyPath: path]) }
            }
        ) { section, node, reading in
            guard let given = node.given(name) else { return true }
            return reading.under(name) { reading in
                guard let members = given.members else {
                    reading.expected("an object of names", given)
                    return false
                }
                var map: [String: T] = [:]
                for member in members where !member.node.isNull {
                    map[member.name] = reading.under(member.name) { T.fill(member.node, &$0) }
                }
                section[keyPath: path] = map
                return true
            }
        }
    }

    private static func mapNode<T: Section>(_ map: [String: T]) -> Node {
        let members = map.sorted { $0.key < $1.key }.map {
            Node.Member(name: $0.key, namePosition: .builtIn, node: $0.value.node)
        }
        return Node(.object(members), at: .builtIn)
    }
}

extension Shape {
    static let object = Shape(.any, words: "object", expected: "an object", example: "{}")
}

extension Reading {
    /// Reports entries without a name of their own, and names that two entries bear.
    mutating func identify(_ entries: [Node], by identity: String, isMissingReported: Bool) {
        var seen: [String: Position] = [:]
        for (index, entry) in entries.enumerated() where entry.members != nil {
            under("[\(index)]") { reading in
                guard let node = entry.given(identity) else {
                    if !isMissingReported { reading.missing(identity, String.shape, entry.position) }
                    return
                }
                guard let name = node.string, !name.isEmpty else { return }
                if let first = seen[name] {
                    reading.under(identity) {
                        $0.error(
                            node.position, "\(Quoted.quote(name)) is taken by the entry at \(first.text); rename one")
                    }
                } else {
                    seen[name] = node.position
                }
            }
        }
    }
}
