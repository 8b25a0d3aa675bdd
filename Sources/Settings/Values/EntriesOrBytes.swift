/// A size of a store: a bare number is entries, a number with a unit is bytes.
package enum EntriesOrBytes: SettingValue, Hashable {
    case entries(Int)
    case bytes(Int)

    package static var shape: Shape {
        .either(
            ByteSize.shape.parts, words: "entries, or size",
            expected: "a number of entries such as 1000, or a size such as 100MB", example: "1000")
    }

    package var text: String {
        switch self {
        case .entries(let count): String(count)
        case .bytes(let count): JSONText.quoted(ByteSize.spell(count))
        }
    }

    package static func read(_ node: Node, _ reading: inout Reading) -> EntriesOrBytes? {
        switch ByteSize.parse(node, .none) {
        case .bytes(let count):
            if case .number = node.value { return .entries(count) }
            return .bytes(count)
        case .tooLarge:
            reading.error(node.position, "expected a size that fits in 64 bits, found \(reading.found(node))")
        case .unreadable:
            reading.expected(EntriesOrBytes.self, node)
        }
        return nil
    }
}

extension Shape {
    /// The alternatives of a shape that has some.
    var parts: [Shape] {
        if case .either(let shapes) = kind { shapes } else { [self] }
    }
}
