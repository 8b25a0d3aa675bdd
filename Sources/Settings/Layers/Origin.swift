/// Where the value of a key comes from.
package struct Origin: Sendable {
    /// What one layer says about a key.
    package struct Word: Sendable {
        /// `default`, `global`, `user`, `file`, `environment`, `flags`.
        package let layer: String
        package let position: Position
        /// Null where the layer takes the key away; an ancestor's node where that leaves no room for the key.
        package let node: Node
    }

    /// The canonical path, `gateway.http.listen`.
    package let path: String
    /// The layer that decides.
    package let winner: Word
    /// What the layers below it say, highest first, the default last.
    package let overridden: [Word]
    /// The value that is in force, as written; nil where there is none.
    package let value: Node?

    package var layer: String { winner.layer }
    package var position: Position { winner.position }
}

extension Configuration {
    /// Where a key's value comes from; nil for keys that there are not. The path may begin with `gateway`, name entries
    /// as `rules[0]`, `rules.0` or by their identity, and use any accepted spelling. Each layer's entries are its own.
    package func origin(of text: String) -> Origin? {
        guard case .success(let lookup) = KeyLookup.canonical(text, keys), isKnown(lookup) else { return nil }
        return Origin(
            lookup.segments, lookup.key, voices(lookup.segments), inForce: KeyLookup.value(in: tree, lookup.segments))
    }

    /// What each layer says at a path, highest first.
    func voices(_ path: [String]) -> [Origin.Word] {
        layers.reversed().compactMap { layer in
            layer.node.said(path).map { Origin.Word(layer: layer.name, position: $0.position, node: $0) }
        }
    }

    /// Whether there is a layer for every entry that goes by its identity.
    func isKnown(_ lookup: KeyLookup) -> Bool {
        guard let count = lookup.namedEntry else { return true }
        let entry = Array(lookup.segments.prefix(count))
        return layers.contains { KeyLookup.value(in: $0.node, entry) != nil }
    }
}

extension Origin {
    /// The origin of a key, of what the layers say about it, highest first.
    init(_ path: [String], _ key: KeyInfo?, _ voices: [Word], inForce: Node?) {
        var words = voices
        var byDefault: Node?
        if let text = key?.defaultText {
            let node = Node(shown: text)
            byDefault = node
            words.append(Word(layer: "default", position: .builtIn, node: node))
        }
        self.path = KeyPathText.join([Scope.wrapper] + path)
        winner = words.first ?? Word(layer: "default", position: .builtIn, node: Node(.null, at: .builtIn))
        overridden = Array(words.dropFirst())
        value = inForce ?? byDefault
    }
}

extension Node {
    /// What a layer says at a path: the node there, or the one on the way that leaves no room for it; nil for silence.
    fileprivate func said(_ path: [String]) -> Node? {
        var here = self
        for segment in path {
            if here.members == nil && here.elements == nil { return here }
            guard let next = here.child(segment) else { return here.members == nil ? here : nil }
            here = next
        }
        return here
    }
}
