/// Merging of nodes. Nodes come from readers, which bound their depth; so the recursion is bounded.
package enum MergePatch {
    /// Names that some readers take for more than data.
    static let skipped: Set<String> = ["__proto__", "constructor", "prototype"]

    /// RFC 7396: objects merge, null removes, anything else replaces.
    package static func apply(_ base: Node, _ patch: Node) -> Node {
        merge(base, patch, byIdentity: false)
    }

    /// As `apply`, except that where every element of the base's array is an object with a string `id` (or else
    /// `name`), elements of the patch merge with those of the same identity, and new ones append. Names that are more
    /// than data in some languages are skipped.
    package static func applyByIdentity(_ base: Node, _ patch: Node) -> Node {
        merge(base, patch, byIdentity: true)
    }

    private static func merge(_ base: Node, _ patch: Node, byIdentity: Bool) -> Node {
        if byIdentity, let merged = mergeByIdentity(base, patch) { return merged }
        guard let changes = patch.members else { return patch }
        var result = MemberList(base.members ?? [])
        for member in changes where !(byIdentity && skipped.contains(member.name)) {
            guard !member.node.isNull else {
                result.remove(member.name)
                continue
            }
            let known = result[member.name] ?? Node(.null, at: member.node.position)
            result.set(
                Node.Member(
                    name: member.name, namePosition: member.namePosition,
                    node: merge(known, member.node, byIdentity: byIdentity)))
        }
        return Node(.object(result.members), at: patch.position)
    }

    private static func mergeByIdentity(_ base: Node, _ patch: Node) -> Node? {
        guard let entries = base.elements, let changes = patch.elements, let key = identity(of: entries) else {
            return nil
        }
        var merged = entries
        var places: [String: Int] = [:]
        for (index, entry) in entries.enumerated() {
            if let name = entry[key]?.string, places[name] == nil { places[name] = index }
        }
        for change in changes {
            guard let name = change[key]?.string, let place = places[name] else {
                if let name = change[key]?.string { places[name] = merged.count }
                merged.append(merge(Node(.null, at: change.position), change, byIdentity: true))
                continue
            }
            merged[place] = merge(merged[place], change, byIdentity: true)
        }
        return Node(.array(merged), at: base.position)
    }

    /// The key by which the entries of an array are told apart, if there is one.
    package static func identity(of entries: [Node]) -> String? {
        guard !entries.isEmpty else { return nil }
        return ["id", "name"].first { key in entries.allSatisfy { $0[key]?.string != nil } }
    }
}

/// Members of an object by name, in order.
private struct MemberList {
    private(set) var members: [Node.Member]
    private var places: [String: Int] = [:]

    init(_ members: [Node.Member]) {
        self.members = members
        for (index, member) in members.enumerated() { places[member.name] = index }
    }

    subscript(_ name: String) -> Node? { places[name].map { members[$0].node } }

    mutating func set(_ member: Node.Member) {
        if let place = places[member.name] {
            members[place] = member
        } else {
            places[member.name] = members.count
            members.append(member)
        }
    }

    mutating func remove(_ name: String) {
        guard let place = places.removeValue(forKey: name) else { return }
        members.remove(at: place)
        for (other, index) in places where index > place { places[other] = index - 1 }
    }
}
