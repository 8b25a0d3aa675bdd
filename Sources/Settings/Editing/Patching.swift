/// Changes of documents: what a patch, `config set` and `config unset` make of one. A document keeps its spelling, its
/// order, and whether its keys stand under `gateway` or beside it.
package enum Patching {
    /// A patch merged into a document: RFC 7396, with arrays merged by `id` or `name` (`MergePatch.applyByIdentity`).
    /// The patch may use every accepted spelling, with or without `gateway`; its unknown keys are reported. What it
    /// changes is changed where the document has it, in both places where it stands in both.
    package static func merged(
        _ document: Node, _ patch: Node, _ keys: [KeyInfo], _ reading: inout Reading
    ) -> Node {
        for node in [document, patch] where node.members == nil && !node.isNull {
            reading.expected("an object of keys", node)
            return document
        }
        let wanted = Document.layer(withoutSkipped(patch, .document(keys)), keys, &reading)
        let places = DocumentPlaces(document)
        return places.document(with: merge(places.objects, wanted.members ?? [], .keys(keys)))
    }

    /// Merges changes under canonical names into objects that together are one, a new member into the first.
    private static func merge(_ bases: [Node], _ changes: [Node.Member], _ scope: Scope) -> [Node] {
        var objects = bases.map { SpelledObject($0, scope) }
        for change in changes where !MergePatch.skipped.contains(change.name) {
            if change.node.isNull {
                for index in objects.indices { objects[index].remove(change.name) }
                continue
            }
            let holders = objects.indices.filter { objects[$0][change.name] != nil }
            let known = holders.compactMap { objects[$0][change.name] }
            if known.isEmpty {
                var member = change
                member.node = fresh(change.node)
                objects[0].append(member)
                continue
            }
            for (holder, node) in zip(holders, values(known, change.node, scope.below(change.name))) {
                objects[holder].replace(change.name, node)
            }
        }
        return objects.map(\.result)
    }

    private static func values(_ bases: [Node], _ patch: Node, _ scope: Scope) -> [Node] {
        if let changes = patch.members, bases.allSatisfy({ $0.members != nil }) { return merge(bases, changes, scope) }
        return bases.map { value($0, patch, scope) }
    }

    private static func value(_ base: Node, _ patch: Node, _ scope: Scope) -> Node {
        if let changes = patch.members {
            return base.members == nil ? fresh(patch) : merge([base], changes, scope)[0]
        }
        guard let entries = base.elements, let changes = patch.elements,
            let identity = EntryIdentity(of: entries, scope.element)
        else { return patch }
        return Node(.array(merge(entries, changes, identity, scope.element)), at: base.position)
    }

    /// Entries merge with those of the same identity; new ones append.
    private static func merge(
        _ entries: [Node], _ changes: [Node], _ identity: EntryIdentity, _ scope: Scope
    ) -> [Node] {
        var merged = entries
        var places: [String: Int] = [:]
        for (index, entry) in entries.enumerated() {
            if let name = identity.name(of: entry), places[name] == nil { places[name] = index }
        }
        for change in changes {
            let name = change[identity.key]?.string
            if let name, let place = places[name] {
                merged[place] = value(merged[place], change, scope)
            } else {
                if let name { places[name] = merged.count }
                merged.append(fresh(change))
            }
        }
        return merged
    }

    /// What a patch makes of nothing: the nulls in its objects say nothing.
    private static func fresh(_ patch: Node) -> Node {
        MergePatch.applyByIdentity(Node(.null, at: patch.position), patch)
    }

    /// Takes the names that are skipped out of where they would be unknown keys.
    private static func withoutSkipped(_ node: Node, _ scope: Scope) -> Node {
        switch (scope, node.value) {
        case (.document, .object(let members)), (.keys, .object(let members)), (.names, .object(let members)):
            let isFree = scope.keys == nil
            let kept = members.filter { isFree || !MergePatch.skipped.contains($0.name) }.map { member in
                Node.Member(
                    name: member.name, namePosition: member.namePosition,
                    node: withoutSkipped(member.node, scope.below(member.name)))
            }
            return Node(.object(kept), at: node.position)
        case (.entries, .array(let elements)):
            return Node(.array(elements.map { withoutSkipped($0, scope.element) }), at: node.position)
        default:
            return node
        }
    }
}
