extension Key {
    /// A key with a value. `check` returns what is wrong with it, or nil; a bare number is taken in `unit`.
    package static func value<V: SettingValue>(
        _ name: String, _ path: any WritableKeyPath<S, V> & Sendable, _ meaning: String, unit: BareUnit = .none,
        secret: Bool = false, applies: Applies = .live, aliases: [String] = [],
        check: (@Sendable (V) -> String?)? = nil
    ) -> Key {
        make(name, path, meaning, unit, secret, applies, aliases, isRequired: false, check)
    }

    /// A key that must be there; where it is missing, the object that lacks it is reported.
    package static func required<V: SettingValue>(
        _ name: String, _ path: any WritableKeyPath<S, V> & Sendable, _ meaning: String, unit: BareUnit = .none,
        secret: Bool = false, applies: Applies = .live, aliases: [String] = [],
        check: (@Sendable (V) -> String?)? = nil
    ) -> Key {
        make(name, path, meaning, unit, secret, applies, aliases, isRequired: true, check)
    }

    private static func make<V: SettingValue>(
        _ name: String, _ path: any WritableKeyPath<S, V> & Sendable, _ meaning: String, _ unit: BareUnit,
        _ secret: Bool, _ applies: Applies, _ aliases: [String], isRequired: Bool, _ check: (@Sendable (V) -> String?)?
    ) -> Key {
        let shape = V.shape.withBareNumber(in: unit)
        let isSecret = secret || shape.isSecret
        let shown = ShownValue(isSecret: isSecret)
        return Key(
            name, meaning, nature: .value, shape: shape, aliases: aliases, applies: applies, isSecret: isSecret,
            isRequired: isRequired, node: { shown.node($0[keyPath: path]) },
            collect: { old, new, differences in
                let (before, after) = (old[keyPath: path], new[keyPath: path])
                if before == after { return }
                differences.under(name) {
                    $0.tell(before: shown.node(before)?.json, after: shown.node(after)?.json, applies)
                }
            }
        ) { section, node, reading in
            guard let given = node.given(name) else {
                if isRequired { reading.missing(name, shape, node.position) }
                return !isRequired
            }
            return reading.under(name) { reading in
                reading.unit = unit
                reading.isConcealed = isSecret
                guard let value = V.read(given, &reading) else { return false }
                if let wrong = check?(value) {
                    reading.error(given.position, wrong)
                    return false
                }
                section[keyPath: path] = value
                return true
            }
        }
    }
}

/// How a key's value is shown.
private struct ShownValue {
    let isSecret: Bool

    private var hidden: Node { .string(Secret.redacted, at: .builtIn) }

    /// The value's node; nil where it is nothing.
    func node<V: SettingValue>(_ value: V) -> Node? {
        let node = value.node
        switch node.value {
        case .null: return nil
        case .string(let text) where text.isEmpty: return node
        case .array(let elements) where elements.isEmpty: return node
        case .object(let members) where members.isEmpty: return node
        case .array(let elements) where isSecret: return Node(.array(elements.map { _ in hidden }), at: .builtIn)
        case .object(let members) where isSecret:
            // names tell what is set, and no secret
            return Node(
                .object(members.map { Node.Member(name: $0.name, namePosition: .builtIn, node: hidden) }), at: .builtIn)
        case _ where isSecret: return hidden
        case .bool, .number: return node
        // Free names tell of secrets, and an address may have a password in it.
        case .string, .array, .object: return Redaction.hidden(value: node)
        }
    }
}

extension Reading {
    mutating func missing(_ name: String, _ shape: Shape, _ object: Position) {
        under(name) { $0.error(object, "is missing; expected \(shape.expected)") }
    }
}
