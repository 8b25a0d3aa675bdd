internal import Settings

/// Payloads read by member: `payload.list("files")`, `row["position"]?.plain`.
extension Node {
    /// The elements of a member that is a list; none where it is not there.
    func list(_ name: String) -> [Node] { self[name]?.elements ?? [] }

    /// For columns and lines: a string as it is, on one line, and anything else as JSON.
    var plain: String { string.map(Quoted.oneLine) ?? json }

    /// A member for a column: nothing where it is not there.
    func text(_ name: String) -> String {
        guard let node = self[name], !node.isNull else { return "" }
        return node.plain
    }

    /// What stands at a path of canonical segments; an entry is named by its index, its `id` or its `name`.
    func at(_ segments: ArraySlice<String>) -> Node? {
        guard let segment = segments.first else { return self }
        let rest = segments.dropFirst()
        guard let elements else { return self[segment]?.at(rest) }
        if let index = KeyPathText.index(segment), elements.indices.contains(index) { return elements[index].at(rest) }
        let entry = elements.first { $0["id"]?.string == segment } ?? elements.first { $0["name"]?.string == segment }
        return entry?.at(rest)
    }
}
