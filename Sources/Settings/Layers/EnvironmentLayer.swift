/// The layer of variables `OPENCLAW_GATEWAY_...`.
struct EnvironmentLayer {
    private struct Target {
        let key: KeyInfo
        let name: String
    }

    private let keys: [KeyInfo]

    init(_ keys: [KeyInfo]) { self.keys = keys }

    /// What the environment sets: a patch for each variable, by name. An empty variable says nothing.
    func patches(_ environment: [String: String], _ reading: inout Reading) -> [Node] {
        let targets = targets(keys)
        let known = Dictionary(targets.map { ($0.name, $0.key) }) { first, _ in first }
        let later = later(keys)
        var patches: [Node] = []
        let names = environment.keys.filter {
            $0.hasPrefix(EnvironmentName.ours) && !EnvironmentName.foreign.contains($0)
        }
        for name in names.sorted() {
            guard let text = environment[name], !text.isEmpty else { continue }
            let position = Position(source: name)
            if let key = known[name] {
                guard let value = read(text, key, position, &reading) else { continue }
                patches.append(wrap(value, key.path.dropFirst(), position))
            } else if let target = later.first(where: { name == $0.name || name.hasPrefix($0.name + "_") }) {
                let value = LooseText.scalar(text, .anything, at: position)
                let rest = name.dropFirst(target.name.utf8.count + 1).lowercased()
                let path = target.key.path.dropFirst() + (rest.isEmpty ? [] : [rest])
                patches.append(wrap(value, path, position))
            } else {
                warn(name, targets.map(\.name), &reading)
            }
        }
        return patches
    }

    private func read(_ text: String, _ key: KeyInfo, _ position: Position, _ reading: inout Reading) -> Node? {
        do throws(SyntaxError) {
            return try LooseText.value(text, key.shape, at: position)
        } catch {
            let outer = reading.path
            reading.path = key.path
            reading.error(position, error.message)
            reading.path = outer
            return nil
        }
    }

    private func wrap(_ node: Node, _ path: ArraySlice<String>, _ position: Position) -> Node {
        path.reversed().reduce(node) { inner, name in
            Node(.object([Node.Member(name: name, namePosition: position, node: inner)]), at: position)
        }
    }

    private func targets(_ keys: [KeyInfo]) -> [Target] {
        keys.flatMap { key -> [Target] in
            switch key.nature {
            case .section, .optionalSection: targets(key.children)
            default: key.environment.map { [Target(key: key, name: $0)] } ?? []
            }
        }
    }

    /// Keys of a later version: what would be set within them must not go unnoticed.
    private func later(_ keys: [KeyInfo]) -> [Target] {
        keys.flatMap { key -> [Target] in
            switch key.nature {
            case .later: [Target(key: key, name: EnvironmentName.name(key.path))]
            case .section, .optionalSection: later(key.children)
            default: []
            }
        }
    }

    /// A name two typing errors from one of ours; any other is somebody else's.
    private func warn(_ name: String, _ known: [String], _ reading: inout Reading) {
        let letters = Array(name.utf8)
        let near = known.lazy
            .filter { abs($0.utf8.count - letters.count) <= 2 }
            .map { (name: $0, distance: Nearest.distance(Array($0.utf8), letters)) }
            .filter { $0.distance <= 2 }
            .min { $0.distance < $1.distance }
        guard let near else { return }
        let outer = reading.path
        reading.path = []
        reading.warn(Position(source: name), "sets nothing; did you mean '\(near.name)'?")
        reading.path = outer
    }
}
