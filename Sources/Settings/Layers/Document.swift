/// What a file holds, brought to the form that layers merge in: the members of `gateway`, under canonical names.
package enum Document {
    /// A document's members of `gateway` in canonical names, wherever it has them.
    package static func canonical(_ node: Node, _ keys: [KeyInfo], _ reading: inout Reading) -> Node {
        layer(node, keys, &reading)
    }

    /// A file's `gateway` object and the same keys written at its root, joined. `$schema` is for editors.
    static func layer(_ node: Node, _ keys: [KeyInfo], _ reading: inout Reading) -> Node {
        // A YAML file in which every line is commented out.
        if node.isNull { return Node(.object([]), at: node.position) }
        guard let members = node.members else {
            reading.expected("an object", node)
            return Node(.object([]), at: node.position)
        }
        var atRoot = Node(.object([]), at: node.position)
        var wrapped: Node?
        var plain: [Node.Member] = []
        for member in members where member.name != "$schema" {
            if member.name == "gateway" { wrapped = member.node } else { plain.append(member) }
        }
        atRoot.value = .object(plain)
        return reading.under("gateway") { reading in
            let root = Spelling.canonical(atRoot, keys, &reading, others: ["gateway"])
            guard let wrapped else { return root }
            guard wrapped.members != nil else {
                reading.expected("an object", wrapped)
                return root
            }
            let inside = Spelling.canonical(wrapped, keys, &reading)
            return plain.isEmpty ? inside : join(inside, root, &reading)
        }
    }

    /// Both objects as one. What both say must agree.
    static func join(_ inside: Node, _ root: Node, _ reading: inout Reading) -> Node {
        guard let first = inside.members, let second = root.members else {
            if !inside.isSame(as: root) {
                reading.error(
                    root.position, "given twice, at the root and under 'gateway' at \(inside.position.text); keep one")
            }
            return inside
        }
        var places: [String: Int] = [:]
        for (index, member) in first.enumerated() { places[member.name] = index }
        var result = first
        for member in second {
            guard let place = places[member.name] else {
                result.append(member)
                continue
            }
            result[place].node = reading.under(member.name) { join(result[place].node, member.node, &$0) }
        }
        return Node(.object(result), at: inside.position)
    }
}
