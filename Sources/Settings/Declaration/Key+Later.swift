extension Key {
    /// A key that a later version brings: accepted with whatever it holds, and one warning. With `protects`, a value
    /// that asks for the protection is `.unready` instead: it must not be taken for given.
    package static func later(
        _ name: String, _ meaning: String, protects: Bool = false, aliases: [String] = []
    ) -> Key {
        Key(
            name, meaning, nature: .later(protects: protects), shape: .anything, aliases: aliases
        ) { _, node, reading in
            guard let given = node.given(name) else { return true }
            reading.under(name) { reading in
                if protects && Later.isAskedFor(given) {
                    reading.unready(
                        given.position,
                        "asks for a protection that is not yet in this version; remove it, or wait for it")
                } else {
                    reading.warn(given.position, "not yet in this version; it has no effect")
                }
            }
            return true
        }
    }
}

enum Later {
    /// Whether a key that may be on or off is on: anything but false, null, empty, or an object with `enabled: false`.
    static func isAskedFor(_ node: Node) -> Bool {
        switch node.value {
        case .null: false
        case .bool(let value): value
        case .number: true
        case .string(let string): !string.isEmpty
        case .array(let elements): !elements.isEmpty
        case .object(let members):
            switch node["enabled"]?.value {
            case .bool(let enabled): enabled
            case .null, .none: members.contains { $0.name != "enabled" && !$0.node.isNull }
            default: true
            }
        }
    }
}

extension Shape {
    static let anything = Shape(.any, words: "any", expected: "anything", example: "{}")
}
