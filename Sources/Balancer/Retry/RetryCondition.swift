package import Settings

/// One entry of `retry.on`: a word for what can go wrong, or a status.
package enum RetryCondition: SettingValue, Hashable {
    case connect, reset, timeout, stream
    /// 400 to 599.
    case status(Int)

    private static let words: [(String, RetryCondition)] = [
        ("connect", .connect), ("reset", .reset), ("timeout", .timeout), ("stream", .stream),
    ]

    package static var shape: Shape {
        .either(
            [.choice(words.map(\.0), noun: "condition"), Int.shape],
            words: "`connect`, `reset`, `timeout`, `stream`, or a status",
            expected: "'connect', 'reset', 'timeout', 'stream', or a status from 400 to 599", example: "503")
    }

    package var text: String {
        if case .status(let status) = self { return String(status) }
        return JSONText.quoted(Self.words.first { $0.1 == self }?.0 ?? "")
    }

    package static func read(_ node: Node, _ reading: inout Reading) -> RetryCondition? {
        if let word = node.string, let found = words.first(where: { $0.0 == word }) { return found.1 }
        if let status = number(node), (400...599).contains(status) { return .status(status) }
        reading.expected(shape.expected, node)
        return nil
    }

    /// Environment and flags give text.
    private static func number(_ node: Node) -> Int? {
        switch node.value {
        case .number(let literal): Int(literal)
        case .string(let text): Int(text)
        default: nil
        }
    }
}
