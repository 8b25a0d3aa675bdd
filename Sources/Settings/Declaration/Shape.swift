/// What a value looks like, in words for people and as a JSON Schema.
package struct Shape: Sendable {
    package indirect enum Kind: Sendable {
        case boolean
        case integer
        case number
        /// With a regular expression of JSON Schema's kind, if one is worth giving.
        case string(pattern: String?)
        case choice([String])
        case list(Shape)
        /// Free names, each with a value.
        case map(Shape)
        case either([Shape])
        case any
    }

    package var kind: Kind
    /// The type column of the reference: `duration`.
    package var words: String
    /// What messages ask for: `a duration such as 30s or 1m30s`.
    package var expected: String
    /// A value as JSON text, for hints.
    package var example: String
    package var isSecret = false

    package init(_ kind: Kind, words: String, expected: String, example: String) {
        self.kind = kind
        self.words = words
        self.expected = expected
        self.example = example
    }

    /// A string of a certain form.
    package static func text(_ words: String, expected: String, example: String, pattern: String? = nil) -> Shape {
        Shape(.string(pattern: pattern), words: words, expected: expected, example: JSONText.quoted(example))
    }

    package static func choice(_ options: [String], noun: String) -> Shape {
        let named = options.map { "`\($0)`" }.joined(separator: ", ")
        return Shape(
            .choice(options), words: named, expected: "a \(noun): \(Quoted.list(options))",
            example: JSONText.quoted(options.first ?? ""))
    }

    package static func list(of element: Shape) -> Shape {
        var shape = Shape(
            .list(element), words: "list of \(element.words)", expected: "a list of which each is \(element.expected)",
            example: "[\(element.example)]")
        shape.isSecret = element.isSecret
        return shape
    }

    package static func map(of value: Shape) -> Shape {
        var shape = Shape(
            .map(value), words: "map of names to \(value.words)",
            expected: "an object of which each value is \(value.expected)", example: "{\"name\": \(value.example)}")
        shape.isSecret = value.isSecret
        return shape
    }

    package static func either(_ shapes: [Shape], words: String, expected: String, example: String) -> Shape {
        Shape(.either(shapes), words: words, expected: expected, example: example)
    }
}

extension Shape {
    /// The JSON types that can hold a value of this shape.
    package struct Kinds: OptionSet, Sendable {
        package let rawValue: Int
        package init(rawValue: Int) { self.rawValue = rawValue }

        package static let boolean = Kinds(rawValue: 1)
        package static let number = Kinds(rawValue: 2)
        package static let string = Kinds(rawValue: 4)
        package static let array = Kinds(rawValue: 8)
        package static let object = Kinds(rawValue: 16)
    }

    package var kinds: Kinds {
        switch kind {
        case .boolean: .boolean
        case .integer, .number: .number
        case .string, .choice: .string
        case .list: .array
        case .map: .object
        case .either(let shapes): shapes.reduce(into: Kinds()) { $0.formUnion($1.kinds) }
        case .any: [.boolean, .number, .string, .array, .object]
        }
    }

    /// The shape of an element, where this is a list or may be one.
    package var element: Shape? {
        switch kind {
        case .list(let element): element
        case .either(let shapes): shapes.lazy.compactMap(\.element).first
        default: nil
        }
    }

    /// This shape, or a bare number in the unit.
    func withBareNumber(in unit: BareUnit) -> Shape {
        guard unit != .none, !kinds.contains(.number) else { return self }
        let number = Shape(.number, words: "number", expected: "a number of \(unit)", example: "30")
        return .either(
            [self, number], words: "\(words), or \(unit.rawValue)",
            expected: "\(expected), or a number of \(unit.rawValue)", example: example)
    }
}
