/// The declarations as a JSON Schema, draft 2020-12.
struct SchemaReference {
    private let keys: [KeyInfo]

    init(_ keys: [KeyInfo]) { self.keys = keys }

    var text: String { JSONText.pretty(root) + "\n" }

    private static let variable = "#/$defs/variable"
    private static let gateway = "#/$defs/gateway"
    private static let draft = "https://json-schema.org/draft/2020-12/schema"

    private var root: Node {
        var properties: [(String, Node)] = [
            ("$schema", .object([("type", .string("string"))])),
            ("gateway", reference(SchemaReference.gateway)),
        ]
        for key in keys {
            for spelling in key.spellings {
                properties.append((spelling, reference(pointer(SchemaReference.gateway, key))))
            }
        }
        return .object([
            ("$schema", .string(SchemaReference.draft)),
            ("title", .string("ClawProxy configuration")),
            ("type", .string("object")),
            ("properties", .object(properties)),
            ("additionalProperties", Node(.bool(false))),
            (
                "$defs",
                .object([
                    ("gateway", section(keys, at: SchemaReference.gateway, isWhole: false)),
                    ("variable", variable),
                ])
            ),
        ])
    }

    private var variable: Node {
        .object([
            ("description", .string("a string that takes a variable of the environment")),
            ("type", .string("string")),
            ("pattern", .string(#"\$\{[A-Za-z_][A-Za-z0-9_]*\}"#)),
        ])
    }

    /// `isWhole`: no other layer adds keys to this object, so what is required must be there.
    private func section(_ keys: [KeyInfo], at place: String, isWhole: Bool, meaning: String? = nil) -> Node {
        var properties: [(String, Node)] = []
        for key in keys {
            let own = pointer(place, key)
            properties.append((key.name, schema(key, at: own, isWhole: isWhole)))
            for other in key.spellings.dropFirst() { properties.append((other, reference(own))) }
        }
        var members: [(String, Node)] = meaning.map { [("description", .string($0))] } ?? []
        // Null takes a section's keys away; nothing can take `gateway` itself.
        let isRoot = place == SchemaReference.gateway
        members.append(("type", isRoot ? .string("object") : Node(.array([.string("object"), .string("null")]))))
        members.append(("properties", .object(properties)))
        // Draft 2020-12 has no word for "one of these spellings", so only keys with one spelling are asked for.
        let required = isWhole ? keys.filter { $0.isRequired && $0.spellings.count == 1 } : []
        if !required.isEmpty { members.append(("required", Node(.array(required.map { .string($0.name) })))) }
        members.append(("additionalProperties", Node(.bool(false))))
        return .object(members)
    }

    private func schema(_ key: KeyInfo, at place: String, isWhole: Bool) -> Node {
        switch key.nature {
        case .section, .optionalSection:
            guard let word = key.word else {
                return section(key.children, at: place, isWhole: isWhole, meaning: key.meaning)
            }
            let whole = place + "/anyOf/0"
            let section = section(key.children, at: whole, isWhole: isWhole, meaning: key.meaning)
            return .object([("anyOf", Node(.array([section, reference("\(whole)/properties/\(word)")])))])
        case .list:
            let items = section(key.children, at: place + "/items", isWhole: true)
            var list: [(String, Node)] = [
                ("description", .string(key.meaning)),
                ("type", Node(.array([.string("array"), .string("null")]))), ("items", items),
            ]
            if key.takesOne {
                list.removeAll { $0.0 == "type" }
                let one = Node.object([("type", .string("array"))])
                list.append(("anyOf", Node(.array([one, reference(place + "/items")]))))
            }
            return .object(list)
        case .map:
            return .object([
                ("description", .string(key.meaning)),
                ("type", Node(.array([.string("object"), .string("null")]))),
                ("additionalProperties", section(key.children, at: place + "/additionalProperties", isWhole: isWhole)),
            ])
        case .later:
            return .object([("description", .string(description(key)))])
        case .value:
            return value(key)
        }
    }

    private func value(_ key: KeyInfo) -> Node {
        var members: [(String, Node)] = [("description", .string(description(key)))]
        if let text = key.shownDefault, let node = try? LooseText.parse(text, at: .builtIn) {
            members.append(("default", node))
        }
        let shapes = alternatives(key.shape)
        members.append(("anyOf", Node(.array(shapes + [.object([("type", .string("null"))])]))))
        return .object(members)
    }

    private func description(_ key: KeyInfo) -> String {
        if key.isLater { return key.meaning + " (a later version)" }
        return key.meaning + (key.appliesWhen.map { " (\($0))" } ?? "")
    }

    /// The shape's schemas, and a variable's where the shape itself would refuse it.
    private func alternatives(_ shape: Shape) -> [Node] {
        let own = schemas(shape)
        if case .any = shape.kind { return own }
        if case .string(pattern: nil) = shape.kind { return own }
        return own + [reference(SchemaReference.variable)]
    }

    private func schemas(_ shape: Shape) -> [Node] {
        switch shape.kind {
        case .boolean: return [type("boolean")]
        case .integer: return [type("integer")]
        case .number: return [type("number")]
        case .string(let pattern):
            guard let pattern else { return [type("string")] }
            return [.object([("type", .string("string")), ("pattern", .string(pattern))])]
        case .choice(let options):
            let pattern = "^(" + options.map(SchemaReference.anySpelling).joined(separator: "|") + ")$"
            return [
                .object([("enum", Node(.array(options.map { .string($0) })))]),
                .object([("type", .string("string")), ("pattern", .string(pattern))]),
            ]
        case .list(let element):
            let inner: Node = .object([("anyOf", Node(.array(alternatives(element))))])
            return [.object([("type", .string("array")), ("items", inner)])]
        case .map(let element):
            let inner: Node = .object([("anyOf", Node(.array(alternatives(element) + [type("null")])))])
            return [.object([("type", .string("object")), ("additionalProperties", inner)])]
        case .either(let shapes):
            return shapes.flatMap(schemas)
        case .any:
            return [.object([])]
        }
    }

    /// Any case, and any separator or none where the word has one.
    private static func anySpelling(_ word: String) -> String {
        var pattern = ""
        for scalar in word.unicodeScalars {
            let text = String(scalar)
            if "-_ ".unicodeScalars.contains(scalar) {
                pattern += "[-_ ]?"
            } else if text.lowercased() != text.uppercased() {
                pattern += "[\(text.lowercased())\(text.uppercased())]"
            } else {
                pattern += (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) ? "" : "\\") + text
            }
        }
        return pattern
    }

    private func type(_ name: String) -> Node { .object([("type", .string(name))]) }

    private func reference(_ pointer: String) -> Node { .object([("$ref", .string(pointer))]) }

    /// Names of keys are letters and digits: nothing to escape (RFC 6901).
    private func pointer(_ place: String, _ key: KeyInfo) -> String { "\(place)/properties/\(key.name)" }
}

extension SchemaReference {
    /// The schema of what stands at a path, with the definitions that it needs.
    func text(at path: String) -> String? {
        guard case .success(let lookup) = KeyLookup.canonical(path, keys) else { return nil }
        if lookup.segments.isEmpty { return text }
        guard case .object(let members)? = schema(lookup)?.value else { return nil }
        var parts: [(String, Node)] = [
            ("$schema", .string(SchemaReference.draft)), ("title", .string(lookup.pathText)),
        ]
        parts += members.map { ($0.name, $0.node) }
        let isVariableUsed = members.contains { $0.node.refers(to: SchemaReference.variable) }
        if isVariableUsed { parts.append(("$defs", .object([("variable", variable)]))) }
        return JSONText.pretty(.object(parts)) + "\n"
    }

    private func schema(_ lookup: KeyLookup) -> Node? {
        // An entry of a list is read whole; of the rest, other layers may say a part.
        if let key = lookup.key { return schema(key, at: "#", isWhole: lookup.isInEntry) }
        if case .keys(let keys) = lookup.scope { return section(keys, at: "#", isWhole: lookup.isInEntry) }
        guard let shape = lookup.shape else { return .object([]) }
        let schemas = alternatives(shape)
        return schemas.count == 1 ? schemas[0] : .object([("anyOf", Node(.array(schemas)))])
    }
}

extension Node {
    /// Whether a reference to a definition stands in it.
    fileprivate func refers(to pointer: String) -> Bool {
        switch value {
        case .null, .bool, .number, .string: false
        case .array(let elements): elements.contains { $0.refers(to: pointer) }
        case .object(let members):
            members.contains { ($0.name == "$ref" && $0.node.string == pointer) || $0.node.refers(to: pointer) }
        }
    }
}
