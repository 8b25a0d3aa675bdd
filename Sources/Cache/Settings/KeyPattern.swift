package import Settings

/// A pattern of names such as `agent:response:*`: `*` is any text, none too, `?` one letter, everything else itself.
package struct KeyPattern: SettingValue, Hashable {
    package let spelling: String
    private let bytes: [UInt8]

    package init?(_ text: String) {
        guard !text.isEmpty, text.utf8.count <= 1024, !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            return nil
        }
        spelling = text
        bytes = Array(text.utf8)
    }

    package var text: String { JSONText.quoted(spelling) }

    package static var shape: Shape {
        .text("pattern", expected: "a pattern such as agent:response:*", example: "agent:response:*")
    }

    package static func read(_ node: Node, _ reading: inout Reading) -> KeyPattern? {
        if let text = node.string, let pattern = KeyPattern(text) { return pattern }
        reading.expected(KeyPattern.self, node)
        return nil
    }

    /// Whether a whole name is like this. At most as many steps as the product of both lengths; for patterns with one
    /// star, as their sum.
    package func matches<C: Collection<UInt8>>(_ name: C) -> Bool {
        var at = name.startIndex
        var place = 0
        // the last star, and where what it takes ends for now
        var star: (place: Int, end: C.Index)?
        while at < name.endIndex {
            if place < bytes.count, bytes[place] == UInt8(ascii: "*") {
                star = (place, at)
                place += 1
            } else if place < bytes.count, bytes[place] == UInt8(ascii: "?") || bytes[place] == name[at] {
                place += 1
                at = name.index(after: at)
            } else if let last = star {
                // it takes one more
                at = name.index(after: last.end)
                star = (last.place, at)
                place = last.place + 1
            } else {
                return false
            }
        }
        return bytes[place...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
