package import Settings

/// How long a request of one level waits for a place: a duration, or one of two words.
package enum QueueWait: SettingValue, Hashable {
    /// As long as its client does, ahead of the others: the next place is its own.
    case next
    /// As long as its client does, and only while nobody of another level waits.
    case idle
    case limit(Duration)

    package static var shape: Shape {
        let word = Shape.choice(["next", "idle"], noun: "word")
        return .either(
            [Duration.shape, word], words: "duration, `next` or `idle`",
            expected: "a duration such as 30s, 'next' or 'idle'", example: "\"30s\"")
    }

    package var text: String {
        switch self {
        case .next: "\"next\""
        case .idle: "\"idle\""
        case .limit(let duration): duration.text
        }
    }

    package static func read(_ node: Node, _ reading: inout Reading) -> QueueWait? {
        switch node.string {
        case "next": return .next
        case "idle": return .idle
        case let word? where !(word.utf8.first.map { (0x30...0x39).contains($0) } ?? false):
            reading.error(
                node.position,
                "expected \(shape.expected), found \(reading.found(node))"
                    + Nearest.hint(for: word, among: ["next", "idle"]))
            return nil
        default: return Duration.read(node, &reading).map { .limit($0) }
        }
    }

    /// Nanoseconds; `.max` is no limit.
    package var nanoseconds: Int64 {
        guard case .limit(let duration) = self else { return .max }
        return duration.nanoseconds
    }
}
