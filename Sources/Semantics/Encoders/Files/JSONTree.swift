/// A value of a model's JSON files. Names and strings keep their bytes: two tokens that Unicode calls equivalent stay
/// two, which is why vocabularies are not read by the reader of configurations.
enum JSONTree: Sendable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSONTree])
    case object([Member])

    struct Member: Sendable {
        var name: String
        var value: JSONTree
    }

    /// The one value of a text. `place` stands before what is wrong.
    static func read(_ bytes: [UInt8], place: String) throws(EncoderFault) -> JSONTree {
        var reader = JSONTreeReader(bytes, place: place)
        return try reader.document()
    }

    /// The member of an object by the bytes of its name; the last one where there are several.
    subscript(_ name: String) -> JSONTree? {
        members?.last { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }

    var isNull: Bool {
        if case .null = self { true } else { false }
    }

    var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    var number: Double? {
        if case .number(let value) = self { value } else { nil }
    }

    /// A number that is whole.
    var integer: Int? { number.flatMap(Int.init(exactly:)) }

    var elements: [JSONTree]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    var members: [Member]? {
        if case .object(let members) = self { members } else { nil }
    }
}
