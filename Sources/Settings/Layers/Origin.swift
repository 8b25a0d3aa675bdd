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
    /// as `rules[0]` or `rules.0`, and use any accepted spelling.
    package func origin(of text: String) -> Origin? {
        guard var segments = KeyPathText.split(text) else { return nil }
        if segments.first == "gateway" { segments.removeFirst() }
        guard let (path, key) = OriginPath.canonical(segments, keys) else { return nil }
        var words: [Origin.Word] = []
        for layer in layers.reversed() {
            guard let node = OriginPath.said(layer.node, path[...]) else { continue }
            words.append(Origin.Word(layer: layer.name, position: node.position, node: node))
        }
        if let text = key?.defaultText,
            let node = try? LooseText.parse(text, at: .builtIn)
        {
            words.append(Origin.Word(layer: "default", position: .builtIn, node: node))
        }
        let inForce =
            OriginPath.value(tree, path[...]) ?? (words.last.flatMap { $0.layer == "default" ? $0.node : nil })
        let nothing = Origin.Word(layer: "default", position: .builtIn, node: Node(.null, at: .builtIn))
        return Origin(
            path: KeyPathText.join(["gateway"] + path), winner: words.first ?? nothing,
            overridden: Array(words.dropFirst()), value: inForce)
    }
}

private enum OriginPath {
    /// The path in canonical names, and its key where it ends at one. Free names and entries go by as they are.
    static func canonical(_ segments: [String], _ keys: [KeyInfo]) -> (path: [String], key: KeyInfo?)? {
        var path: [String] = []
        var scope = keys
        var key: KeyInfo?
        var rest = segments[...]
        while let segment = rest.popFirst() {
            guard let found = Spelling.key(segment, among: scope) else { return nil }
            path.append(found.name)
            key = found
            scope = found.children
            switch found.nature {
            case .section, .optionalSection:
                continue
            case .value, .later:
                if !rest.isEmpty { key = nil }
                return (path + rest.map(entry), key)
            case .list:
                guard let next = rest.popFirst() else { continue }
                guard let index = KeyPathText.index(next) else { return nil }
                path.append("[\(index)]")
                key = nil
            case .map:
                guard let next = rest.popFirst() else { continue }
                path.append(next)
                key = nil
            }
        }
        return (path, key)
    }

    private static func entry(_ segment: String) -> String { segment }

    /// What a layer says at a path: the node there, or the one on the way that leaves no room for it; nil for silence.
    static func said(_ node: Node, _ path: ArraySlice<String>) -> Node? {
        var here = node
        for segment in path {
            switch here.value {
            case .object:
                guard let next = here[segment] else { return nil }
                here = next
            case .array(let elements):
                guard let index = KeyPathText.index(segment), elements.indices.contains(index) else { return here }
                here = elements[index]
            default:
                return here
            }
        }
        return here
    }

    static func value(_ node: Node, _ path: ArraySlice<String>) -> Node? {
        var here = node
        for segment in path {
            if let elements = here.elements {
                guard let index = KeyPathText.index(segment), elements.indices.contains(index) else { return nil }
                here = elements[index]
            } else {
                guard let next = here[segment] else { return nil }
                here = next
            }
        }
        return here
    }
}
