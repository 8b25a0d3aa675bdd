/// An object of the configuration: a struct beside the part that it configures, with its keys declared once.
package protocol Section: Sendable, Equatable {
    /// The initial values of the properties are the defaults; they are written nowhere else.
    init()
    static var keys: [Key<Self>] { get }
    /// Checks that need more than one key. The node's member names are in their canonical spelling. Not called where a
    /// value of this section could not be read.
    static func check(_ value: Self, _ node: Node, _ reading: inout Reading)
}

extension Section {
    package static func check(_ value: Self, _ node: Node, _ reading: inout Reading) {}

    /// Reads an object on its own: spellings made canonical, unknown keys reported, variables left as they stand.
    package static func decode(_ node: Node, _ reading: inout Reading) -> Self {
        let canonical = Spelling.canonical(node, KeyInfo.children(of: Self.self, at: KeyInfo.Place()), &reading)
        return fill(canonical, &reading)
    }

    /// Reads an object whose names are canonical. What it does not say is as in `base`.
    static func fill(_ node: Node, over base: Self = Self(), _ reading: inout Reading) -> Self {
        var value = base
        guard node.members != nil else {
            let names = keys.filter { !$0.isLater }.prefix(4).map(\.name)
            let some = names.isEmpty ? "" : " with keys such as \(Quoted.list(names, last: "and"))"
            reading.expected("an object\(some)", node)
            return value
        }
        var isWhole = true
        for key in keys {
            let outer = (reading.unit, reading.isConcealed)
            let isRead = key.fill(&value, node, &reading)
            (reading.unit, reading.isConcealed) = outer
            isWhole = isRead && isWhole
        }
        if isWhole { check(value, node, &reading) }
        return value
    }

    /// This section as one line of JSON, defaults included, secrets redacted.
    package var json: String { node.json }
}
