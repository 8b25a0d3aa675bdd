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
}
