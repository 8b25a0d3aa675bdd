/// A section that says only what differs from another one of its kind: any of its keys, and nothing for the others.
///
/// `agents.pools.NAME.loadBalancing` over `loadBalancing`, say. What is written is checked like the section itself.
package struct Override<T: Section>: Sendable, Equatable {
    /// As it stands in the configuration, names canonical.
    private let written: Node
    /// Over the defaults, to compare and to show.
    private let filled: T

    /// Nothing differs.
    package init() {
        written = Node(.object([]), at: .builtIn)
        filled = T()
    }

    /// Reads what is written. Unknown keys have been reported by then.
    init(_ node: Node, _ reading: inout Reading) {
        filled = T.fill(node, &reading)
        written = node.members == nil ? Node(.object([]), at: node.position) : node
    }

    /// Whether anything is written.
    package var isGiven: Bool { written.members?.isEmpty == false }

    /// Where it is written.
    package var position: Position { written.position }

    /// `base` with what is written here in place of its own.
    package func over(_ base: T) -> T {
        guard isGiven else { return base }
        // What is wrong was reported when it was read.
        var unheard = Reading()
        return T.fill(written, over: base, &unheard)
    }

    package static func == (one: Override, other: Override) -> Bool {
        one.filled == other.filled && one.node.isSame(as: other.node)
    }

    /// The keys that are written, secrets redacted.
    var node: Node { filled.node.restricted(to: written) }

    func collect(_ after: Override, _ differences: inout Differences) {
        differences.written(node, after.node)
    }
}

extension Node {
    /// The members that another object has too, however deep.
    fileprivate func restricted(to other: Node) -> Node {
        guard let members, other.members != nil else { return self }
        let kept = members.compactMap { member -> Node.Member? in
            guard let written = other.given(member.name) else { return nil }
            return Node.Member(
                name: member.name, namePosition: member.namePosition, node: member.node.restricted(to: written))
        }
        return Node(.object(kept), at: position)
    }
}

extension Differences {
    /// Tells every value that is written on one side alone, or differently.
    fileprivate mutating func written(_ before: Node?, _ after: Node?) {
        guard before?.members != nil || after?.members != nil else {
            switch (before, after) {
            case (nil, nil): return
            case (let one?, let other?) where one.isSame(as: other): return
            default: tell(before: before?.json, after: after?.json, .live)
            }
            return
        }
        var names: [String] = (before?.members ?? []).map(\.name)
        names += (after?.members ?? []).map(\.name).filter { name in before?[name] == nil }
        for name in names { under(name) { $0.written(before?[name], after?[name]) } }
    }
}

extension Key {
    /// A key that holds some keys of a section, to stand in place of those of another.
    package static func override<T: Section>(
        _ name: String, _ path: any WritableKeyPath<S, Override<T>> & Sendable, _ meaning: String,
        aliases: [String] = []
    ) -> Key {
        Key(
            name, meaning, nature: .section, shape: .object, aliases: aliases,
            children: { place, _ in KeyInfo.children(of: T.self, at: place).map(\.withoutDefaults) },
            node: { $0[keyPath: path].node },
            collect: { old, new, differences in
                differences.under(name) { old[keyPath: path].collect(new[keyPath: path], &$0) }
            }
        ) { section, node, reading in
            guard let given = node.given(name) else { return true }
            section[keyPath: path] = reading.under(name) { Override(given, &$0) }
            return true
        }
    }
}

extension KeyInfo {
    /// The same key where nothing stands for it unless it is written.
    fileprivate var withoutDefaults: KeyInfo {
        var key = self
        key.defaultText = nil
        key.children = children.map(\.withoutDefaults)
        return key
    }
}
