internal import Settings

/// Takes parameters out of an object one by one; what is left over at the end is refused by name.
struct Parameters {
    private let method: String
    private var left: [Node.Member]
    private var taken: [String] = []

    init(_ params: Node, of method: String) throws(ControlFailure) {
        self.method = method
        guard !params.isNull else {
            left = []
            return
        }
        guard let members = params.members else { throw .invalid("params of \(method): expected an object") }
        left = members
    }

    /// A member, unless it is null or not there.
    mutating func take(_ name: String) -> Node? {
        taken.append(name)
        guard let index = left.firstIndex(where: { $0.name == name }) else { return nil }
        let node = left.remove(at: index).node
        return node.isNull && name != "value" ? nil : node
    }

    mutating func string(_ name: String) throws(ControlFailure) -> String? {
        guard let node = take(name) else { return nil }
        guard let text = node.string else { throw wrong(name, "a string", node) }
        return text
    }

    mutating func flag(_ name: String) throws(ControlFailure) -> Bool {
        guard let node = take(name) else { return false }
        guard let value = node.bool else { throw wrong(name, "true or false", node) }
        return value
    }

    mutating func count(_ name: String) throws(ControlFailure) -> Int? {
        guard let node = take(name) else { return nil }
        guard let value = node.int, value >= 0 else { throw wrong(name, "a whole number from 0 up", node) }
        return value
    }

    mutating func strings(_ name: String) throws(ControlFailure) -> [String] {
        guard let node = take(name) else { return [] }
        let texts = node.elements?.compactMap(\.string)
        guard let texts, texts.count == node.elements?.count else { throw wrong(name, "a list of strings", node) }
        return texts
    }

    func missing(_ name: String, _ expected: String) -> ControlFailure {
        .invalid("params of \(method): \(name) is missing; expected \(expected)")
    }

    func wrong(_ name: String, _ expected: String, _ node: Node) -> ControlFailure {
        .invalid("params of \(method): \(name): expected \(expected), found \(Reading().found(node))")
    }

    func end() throws(ControlFailure) {
        guard let extra = left.first else { return }
        let near = Nearest.hint(for: extra.name, among: taken)
        throw .invalid(
            "params of \(method): unknown parameter '\(extra.name)'\(near.isEmpty ? "; there are \(taken.joined(separator: ", "))" : near)"
        )
    }
}
