internal import Wire

/// The fields of an answer's head, names in lower case, in their order.
package struct HTTPFields: Sendable {
    package let all: [(name: String, value: String)]

    init(_ head: ResponseHead) {
        all = (0..<head.lines.fieldCount).map { at in
            let field = head.lines.fields[at]
            return (head.lines.name(field).text.lowercased(), head.lines.value(field).text)
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
    /// The body was longer than what was to be read of it.
    package let isCut: Bool
}
