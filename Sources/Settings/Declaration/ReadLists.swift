/// The long lists of a configuration as they were read: nodes and values. A list of which one entry changed is read again
/// in that entry alone.
package struct ReadLists: Sendable {
    struct List: Sendable {
        var nodes: [Node]
        /// `[T]` of the list's section.
        var values: any Sendable
    }

    /// Shorter lists are read faster than compared.
    static let shortest = 32

    /// By the path of the list. Only lists that were read without any remark.
    var lists: [String: List] = [:]

    package init() {}
}

extension Reading {
    /// Reads the entries of a list, but for those that stand where they stood and say what they said.
    mutating func entries<T: Section>(_ nodes: [Node], _ type: T.Type) -> [T] {
        guard nodes.count >= ReadLists.shortest else { return fresh(nodes, type) }
        let place = KeyPathText.join(path)
        let count = problems.count
        let values: [T]
        if let known = known.lists[place], let before = known.values as? [T] {
            values = nodes.enumerated().map { index, node in
                guard known.nodes.indices.contains(index), known.nodes[index].isSameText(as: node) else {
                    return under("[\(index)]") { T.fill(node, &$0) }
                }
                return before[index]
            }
        } else {
            values = fresh(nodes, type)
        }
        if problems.count == count { learnt.lists[place] = ReadLists.List(nodes: nodes, values: values) }
        return values
    }

    private mutating func fresh<T: Section>(_ nodes: [Node], _ type: T.Type) -> [T] {
        nodes.enumerated().map { index, node in under("[\(index)]") { T.fill(node, &$0) } }
    }
}

extension Node {
    /// Whether both say the same and begin at the same place: what they are read to is then told by the same positions.
    fileprivate func isSameText(as other: Node) -> Bool { position == other.position && isSame(as: other) }
}
