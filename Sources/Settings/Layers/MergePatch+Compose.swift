extension MergePatch {
    /// Both patches as one: to apply it is to apply the first and then the second. Entries of arrays that all have an `id`
    /// or `name` on both sides are told apart by it.
    package static func composed(_ first: Node, _ second: Node) -> Node {
        if let entries = first.elements, let others = second.elements, let key = identity(of: entries),
            identity(of: others) == key
        {
            var merged = entries
            for other in others {
                let place = merged.firstIndex { $0[key]?.string == other[key]?.string }
                if let place { merged[place] = composed(merged[place], other) } else { merged.append(other) }
            }
            return Node(.array(merged), at: first.position)
        }
        guard var members = first.members, let others = second.members else { return second }
        for other in others {
            if let place = members.firstIndex(where: { $0.name == other.name }) {
                members[place].node = composed(members[place].node, other.node)
            } else {
                members.append(other)
            }
        }
        return Node(.object(members), at: first.position)
    }

    /// The patch without what it says at a path, and without the objects that say nothing any more.
    package static func without(_ path: ArraySlice<String>, _ patch: Node) -> Node? {
        guard let name = path.first else { return nil }
        let rest = path.dropFirst()
        if var entries = patch.elements {
            guard let key = identity(of: entries), let place = entries.firstIndex(where: { $0[key]?.string == name })
            else {
                return patch
            }
            if let left = without(rest, entries[place]), (left.members?.count ?? 0) > 1 {
                entries[place] = left
            } else {
                entries.remove(at: place)
            }
            return entries.isEmpty ? nil : Node(.array(entries), at: patch.position)
        }
        guard var members = patch.members, let place = members.firstIndex(where: { $0.name == name }) else {
            return patch
        }
        if let left = without(rest, members[place].node) {
            members[place].node = left
        } else {
            members.remove(at: place)
        }
        return members.isEmpty ? nil : Node(.object(members), at: patch.position)
    }

    /// Whether the patch decides what stands at a path: it says something there, or takes away what leads to it.
    package static func decides(_ path: ArraySlice<String>, _ patch: Node) -> Bool {
        guard let name = path.first else { return true }
        if let entries = patch.elements {
            guard let key = identity(of: entries) else { return true }
            return entries.first { $0[key]?.string == name }.map { decides(path.dropFirst(), $0) } ?? false
        }
        guard patch.members != nil else { return true }
        return patch[name].map { decides(path.dropFirst(), $0) } ?? false
    }
}
