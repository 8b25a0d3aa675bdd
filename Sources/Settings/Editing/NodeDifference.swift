/// What differs between two trees. Nodes come from readers, which bound their depth; so the recursion is bounded.
package enum NodeDifference {
    /// The patch of RFC 7396 that makes one out of the other: removed members are null, arrays are whole.
    package static func mergePatch(from before: Node, to after: Node) -> Node {
        guard let old = before.members, let new = after.members else { return after }
        let names = Set(new.map(\.name))
        var members = old.filter { !names.contains($0.name) }.map {
            Node.Member(name: $0.name, namePosition: $0.namePosition, node: Node(.null, at: $0.namePosition))
        }
        let known = Dictionary(old.map { ($0.name, $0.node) }) { first, _ in first }
        for member in new {
            guard let node = known[member.name] else {
                members.append(member)
                continue
            }
            if node.isSame(as: member.node) { continue }
            var changed = member
            changed.node = mergePatch(from: node, to: member.node)
            members.append(changed)
        }
        return Node(.object(members), at: after.position)
    }

    /// The paths at which they differ, each as deep as it goes; entries of arrays by their `id` or `name` where all on
    /// both sides have one, else the array as a whole.
    package static func paths(from before: Node, to after: Node) -> [[String]] {
        var found: [[String]] = []
        var path: [String] = []
        collect(before, after, &path, &found)
        return found
    }

    /// Objects are walked without being compared first: of a long list every entry is compared once, whatever stands above.
    private static func collect(_ before: Node?, _ after: Node?, _ path: inout [String], _ found: inout [[String]]) {
        let isObject = before?.members != nil && after?.members != nil
        if !isObject, let before, let after, before.elements == nil, before.isSame(as: after) { return }
        let sides = (named(before), named(after))
        guard let old = sides.0 ?? sides.1.map({ _ in [] }), let new = sides.1 ?? sides.0.map({ _ in [] }),
            isContainer(before), isContainer(after), isObject || !(old.isEmpty && new.isEmpty)
        else {
            if let before, let after, before.isSame(as: after) { return }
            found.append(path)
            return
        }
        collect(old, new, isList: before?.elements != nil || after?.elements != nil, &path, &found)
    }

    private static func collect(
        _ old: [(String, Node)], _ new: [(String, Node)], isList: Bool, _ path: inout [String],
        _ found: inout [[String]]
    ) {
        let count = found.count
        let isAligned = old.count == new.count && old.indices.allSatisfy { old[$0].0 == new[$0].0 }
        let known = isAligned ? [:] : Dictionary(new) { first, _ in first }
        for (index, (name, node)) in old.enumerated() {
            let other = isAligned ? new[index].1 : known[name]
            if let other, node.isShared(with: other) || isList && node.isSame(as: other) { continue }
            path.append(name)
            collect(node, other, &path, &found)
            path.removeLast()
        }
        guard !isAligned else { return }
        let names = Set(old.map(\.0))
        for (name, node) in new where !names.contains(name) {
            path.append(name)
            collect(nil, node, &path, &found)
            path.removeLast()
        }
        // the same entries in another order
        if isList, found.count == count { found.append(path) }
    }

    /// Nothing at all counts as an empty container.
    private static func isContainer(_ node: Node?) -> Bool {
        node.map { $0.members != nil || $0.elements != nil } ?? true
    }

    /// Members, or entries that have a name; nil for anything else.
    private static func named(_ node: Node?) -> [(String, Node)]? {
        if let members = node?.members { return members.map { ($0.name, $0.node) } }
        guard let entries = node?.elements, let key = MergePatch.identity(of: entries) else { return nil }
        return entries.compactMap { entry in entry[key]?.string.map { ($0, entry) } }
    }
}
