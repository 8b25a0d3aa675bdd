/// The reading of one configuration: where values report what is wrong with them.
package struct Reading: Sendable {
    package var problems: [Problem] = []
    /// The key that is being read, from the root: `gateway`, `routing`, `rules`, `[0]`.
    package var path: [String]
    /// The unit in which the current key takes a bare number.
    package var unit: BareUnit = .none
    /// Whether the current key holds a secret, so that no message may show its value.
    package var isConcealed = false
    /// Nodes whose variable is missing: reported once, so nothing more is said about their values.
    package var silenced: Set<Position> = []

    /// Lists as the reading before left them, and as this one does.
    var known = ReadLists()
    var learnt = ReadLists()

    package init(path: [String] = []) {
        self.path = path
    }

    package mutating func error(_ at: Position, _ message: String) { report(.error, at, message) }
    package mutating func unready(_ at: Position, _ message: String) { report(.unready, at, message) }
    package mutating func warn(_ at: Position, _ message: String) { report(.warning, at, message) }

    private mutating func report(_ severity: Problem.Severity, _ at: Position, _ message: String) {
        if silenced.contains(at) { return }
        problems.append(Problem(severity: severity, position: at, path: KeyPathText.join(path), message: message))
    }

    /// Reports that a node is of the wrong type: "expected a duration such as 30s, found number 30".
    package mutating func expected(_ what: String, _ node: Node) {
        error(node.position, "expected \(what), found \(found(node))")
    }

    /// Reads something one level down: a member's name, or `[0]` for an element.
    package mutating func under<Result>(
        _ segment: String, _ read: (inout Reading) throws -> Result
    ) rethrows -> Result {
        path.append(segment)
        defer { path.removeLast() }
        return try read(&self)
    }

    /// A node in words for a message; a secret's value is never among them.
    package func found(_ node: Node) -> String {
        switch node.value {
        case .null: "null"
        case .array: "a list"
        case .object: "an object"
        case .bool(let value): isConcealed ? "a boolean" : "\(value)"
        case .number(let literal): isConcealed ? "a number" : "number \(Quoted.shortened(literal))"
        case .string(let string): isConcealed ? "a string" : "string \(Quoted.quote(string))"
        }
    }
}

extension Node {
    /// What kind of value it is, without the value: it may be somebody's secret.
    var kindInWords: String {
        switch value {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "a list"
        case .object: "an object"
        }
    }
}
