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
        return Key(
            name, meaning, nature: .value, shape: shape, aliases: aliases, applies: applies, isSecret: isSecret,
            isRequired: isRequired, show: { show($0[keyPath: path], isSecret: isSecret) }
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

    private static func show<V: SettingValue>(_ value: V, isSecret: Bool) -> String? {
        let text = value.text
        if text == "null" { return nil }
        let isEmpty = text == "\"\"" || text == "[]" || text == "{}"
        return isSecret && !isEmpty ? JSONText.quoted(Secret.redacted) : text
    }
}

extension Reading {
    mutating func missing(_ name: String, _ shape: Shape, _ object: Position) {
        under(name) { $0.error(object, "is missing; expected \(shape.expected)") }
    }
}
