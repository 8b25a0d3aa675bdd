extension Configuration {
    /// Where every key below a path comes from that some layer sets, in the order of the declarations. A list is one
    /// key; where the path goes into one, the keys of its entry. One walk over all layers at once.
    package func origins(under segments: [String]) -> [(path: String, Origin)] {
        guard case .success(let lookup) = KeyLookup.canonical(segments, keys), isKnown(lookup) else { return [] }
        let voices = voices(lookup.segments)
        guard !voices.isEmpty else { return [] }
        var walk = OriginWalk(path: lookup.segments)
        walk.visit(lookup.scope, lookup.key, voices, KeyLookup.value(in: tree, lookup.segments))
        return walk.origins.map { ($0.path, $0) }
    }
}

/// A walk over what the layers say, highest first at every place.
private struct OriginWalk {
    private(set) var origins: [Origin] = []
    private var path: [String]

    init(path: [String]) { self.path = path }

    mutating func visit(_ scope: Scope, _ key: KeyInfo?, _ voices: [Origin.Word], _ inForce: Node?) {
        let isObject = voices.contains { $0.node.members != nil }
        let names: [(name: String, scope: Scope, key: KeyInfo?)]
        switch scope {
        case .keys(let keys) where isObject:
            names = keys.indices.map { (keys[$0].name, Scope(at: $0, of: keys), keys[$0]) }
        case .names(let keys) where isObject:
            names = OriginWalk.names(voices).map { ($0, .keys(keys), nil) }
        default:
            origins.append(Origin(path, key, voices, inForce: inForce))
            return
        }
        let objects = voices.map { SpelledObject($0.node, .free) }
        let inside = inForce.map { SpelledObject($0, .free) }
        for (name, scope, key) in names where objects.contains(where: { $0[name] != nil }) {
            let below = zip(voices, objects).compactMap { $0.below(name, $1) }
            path.append(name)
            visit(scope, key, below, inside?[name])
            path.removeLast()
        }
    }

    /// The free names that the layers have, each once.
    private static func names(_ voices: [Origin.Word]) -> [String] {
        var seen: Set<String> = []
        return voices.flatMap { $0.node.members ?? [] }.map(\.name).filter { seen.insert($0).inserted }
    }
}

extension Origin.Word {
    /// What the layer says of a member: the node there, or what leaves no room for it; nil for silence.
    fileprivate func below(_ name: String, _ object: SpelledObject) -> Origin.Word? {
        guard node.members != nil else { return self }
        return object[name].map { Origin.Word(layer: layer, position: $0.position, node: $0) }
    }
}
