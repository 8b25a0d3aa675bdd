internal import Settings

/// A configuration as operators are shown it: secrets hidden, keys by their canonical names.
struct ConfigPayload {
    let configuration: Configuration<GatewaySettings>
    private let redaction: Redaction

    init(_ configuration: Configuration<GatewaySettings>) {
        self.configuration = configuration
        redaction = Redaction(configuration.keys)
    }

    /// Everything with its defaults.
    var inForce: Node { configuration.root.node }

    /// The layers merged, variables filled in, without defaults.
    var resolved: Node { redaction.hidden(canonical: configuration.resolved, resolved: true) }

    /// The target file as it is written; null where there is none, or where it cannot be read.
    var document: Node { configuration.target?.parsed.map { redaction.hidden(document: $0) } ?? .null }

    /// The target file's text; null too where it does not parse: then nobody can tell what in it is secret.
    var raw: Node {
        guard let target = configuration.target, let bytes = target.bytes, target.parsed != nil,
            let text = try? DocumentText(bytes, path: target.path)
        else { return .null }
        return .string(String(decoding: redaction.hiddenText(text), as: UTF8.self))
    }

    /// The canonical path of a key, below `gateway`.
    func path(of key: String) throws(ControlFailure) -> [String] {
        switch KeyLookup.canonical(key, configuration.keys) {
        case .success(let found): return found.segments
        case .failure(let failure): throw .invalid("\(failure.problem.path): \(failure.message)")
        }
    }

    func value(at path: [String], in tree: Node) -> Node { KeyLookup.value(in: tree, path) ?? .null }

    /// What the target file says at a path.
    func documentValue(at path: [String]) -> Node {
        guard let layer = configuration.layers.last(where: { $0.name == "user" || $0.name == "file" })?.node else {
            return .null
        }
        return value(at: path, in: redaction.hidden(canonical: layer, resolved: false))
    }

    /// For each key that some layer sets: the layer that won, and where it stands.
    func origins(under path: [String]) -> Node {
        .object(
            configuration.origins(under: path).map { row in
                (row.path, .object([("layer", .string(row.1.layer)), ("position", .string(row.1.position.text))]))
            })
    }

    var layers: Node {
        let files = configuration.files.map { file in
            Node.object([
                ("layer", .string(file.layer.rawValue)), ("path", .string(file.path)), ("exists", .flag(file.exists)),
            ])
        }
        let others = configuration.layers.filter { !["global", "user", "file"].contains($0.name) }.map { layer in
            Node.object([("layer", .string(layer.name)), ("position", .string(layer.node.position.text))])
        }
        return .list(files + others)
    }

    /// Value, layer, place, and what the layers below said.
    func explanation(of key: String) throws(ControlFailure) -> Node {
        let path = try path(of: key)
        let text = KeyPathText.join(["gateway"] + path)
        guard let origin = configuration.origin(of: text) else { throw .invalid("there is no key '\(key)'") }
        let info = Self.info(path, configuration.keys)
        var members: [(String, Node)] = [
            ("path", .string(origin.path)), ("value", value(at: path, in: inForce)), ("layer", .string(origin.layer)),
            ("position", .string(origin.position.text)), ("written", shown(origin.winner.node, path)),
            (
                "overridden",
                .list(
                    origin.overridden.map { word in
                        .object([
                            ("layer", .string(word.layer)), ("position", .string(word.position.text)),
                            ("value", shown(word.node, path)),
                        ])
                    })
            ),
        ]
        if let info {
            members += [
                ("applies", .string(info.applies.rawValue)), ("meaning", .string(info.meaning)),
                ("default", Configurator.json(info.defaultText)), ("environment", .text(info.environment)),
            ]
        }
        return .object(members)
    }

    /// A word of one layer, hidden where its key is secret.
    private func shown(_ node: Node, _ path: [String]) -> Node { redaction.hidden(node, at: path, resolved: false) }

    static func info(_ path: [String], _ keys: [KeyInfo]) -> KeyInfo? {
        var scope = keys
        var found: KeyInfo?
        for segment in path {
            guard let key = scope.first(where: { $0.name == segment }) else {
                // an entry of a list, or a free name
                if scope.isEmpty { return found }
                continue
            }
            found = key
            scope = key.children
        }
        return found
    }

    /// A value wrapped in all that its path names; entries of lists by their identity.
    func wrapped(_ value: Node, at path: [String]) throws(ControlFailure) -> Node {
        try wrap(value, path[...], configuration.keys, [])
    }

    private func wrap(
        _ value: Node, _ path: ArraySlice<String>, _ keys: [KeyInfo], _ done: [String]
    ) throws(ControlFailure) -> Node {
        guard let name = path.first else { return value }
        let rest = path.dropFirst()
        guard let key = keys.first(where: { $0.name == name }) else {
            return .object([(name, try wrap(value, rest, [], done + [name]))])
        }
        guard case .list(let identity) = key.nature, let entry = rest.first else {
            if case .map = key.nature, let free = rest.first {
                return .object([
                    (name, .object([(free, try wrap(value, rest.dropFirst(), key.children, done + [name, free]))]))
                ])
            }
            return .object([(name, try wrap(value, rest, key.children, done + [name]))])
        }
        let tree = KeyLookup.value(in: configuration.tree, done + [name, entry])
        guard let identity, let own = tree?[identity]?.string else {
            throw .invalid(
                "'\(KeyPathText.join(done + [name, entry]))' has no name to merge by; patch \(KeyPathText.join(done + [name])) as a whole"
            )
        }
        let inner = try wrap(value, rest.dropFirst(), key.children, done + [name, entry])
        let named =
            [(identity, Node.string(own))]
            + (inner.members ?? []).filter { $0.name != identity }.map { ($0.name, $0.node) }
        return .object([(name, .list([.object(named)]))])
    }
}
