internal import Wire

/// The fields of an answer's head, names in lower case, in their order.
package struct HTTPFields: Sendable {
    package let all: [(name: String, value: String)]

    init(_ head: ResponseHead) { self.init(head.lines) }

    init(_ lines: HeadLines) {
        all = (0..<lines.fieldCount).map { at in
            let field = lines.fields[at]
            return (lines.name(field).text.lowercased(), lines.value(field).text)
        }
    }

    /// The first one of that name.
    package subscript(_ name: String) -> String? {
        let lowercased = name.lowercased()
        return all.first { $0.name == lowercased }?.value
    }
}

/// An answer, whole.
package struct HTTPAnswer: Sendable {
    package let status: Int
    package let fields: HTTPFields
    package let body: [UInt8]
    /// What followed the body; nil where nothing did.
    package let trailers: HTTPFields?
    /// The body was longer than what was to be read of it.
    package let isCut: Bool
}
