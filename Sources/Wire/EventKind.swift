/// What an event of a model's stream is to somebody who waits for its first content.
package enum EventKind: Sendable, Equatable {
    /// A comment or a setting: no event.
    case none
    /// Says that an answer begins, and nothing of it yet.
    case opening
    /// What was asked for, or anything that is not known to be something else.
    case content
    /// The answer failed.
    case failure
    /// `[DONE]`.
    case end

    private static let openings: [StaticString] = [
        "ping", "message_start", "content_block_start", "response.created", "response.in_progress", "response.queued",
        "response.output_item.added", "response.content_part.added",
    ]
    private static let failures: [StaticString] = ["error", "response.failed"]

    /// - Parameters:
    ///   - name: of the field `event`.
    ///   - isCut: `data` is only the beginning of the event's data.
    init(name: UnsafeRawBufferPointer, data: UnsafeRawBufferPointer, isCut: Bool) {
        if Self.failures.contains(where: { name.isExactly($0) }) {
            self = .failure
        } else if data.trimmed.isExactly("[DONE]") {
            self = .end
        } else {
            self = Self.known(data, isCut) ?? (Self.openings.contains { name.isExactly($0) } ? .opening : .content)
        }
    }

    /// What the members of a JSON object say; nil where they say nothing that is known.
    private static func known(_ data: UnsafeRawBufferPointer, _ isCut: Bool) -> EventKind? {
        var members = EventMembers(data)
        var isChunk = false
        var found: EventKind?
        while let member = members.next() {
            if member.depth == 1 {
                if member.name.isExactly("error"), member.isSomething { return .failure }
                if member.name.isExactly("choices") { isChunk = true }
                if member.name.isExactly("type"), let text = member.text {
                    if failures.contains(where: { text.isExactly($0) }) { return .failure }
                    if openings.contains(where: { text.isExactly($0) }) { found = .opening }
                }
            }
            if isChunk, contents.contains(where: { member.name.isExactly($0) }), member.isSomething { return .content }
        }
        // the first chunk names the role and has no content yet
        return isChunk ? (isCut ? .content : .opening) : found
    }

    /// Members of a chunk's `delta` that carry something.
    private static let contents: [StaticString] = [
        "content", "text", "reasoning", "reasoning_content", "tool_calls", "function_call", "refusal", "finish_reason",
    ]
}

/// The members of JSON text in their order, however deep, without making a tree of it. What is not JSON has none.
private struct EventMembers {
    struct Member {
        /// 1: of the outermost object.
        var depth: Int
        /// As written, escapes and all.
        var name: UnsafeRawBufferPointer
        /// From the value's first byte on.
        var rest: UnsafeRawBufferPointer

        /// Neither null nor empty.
        var isSomething: Bool {
            guard let first = rest.first else { return false }
            let second = rest.dropFirst().first { !ByteClass.isBlank($0) && $0 != 0x0a }
            switch first {
            case 0x22: return second != 0x22
            case 0x5b: return second != 0x5d
            case 0x7b: return second != 0x7d
            case 0x6e, 0x66: return false
            default: return true
            }
        }

        /// The value, where it is a string.
        var text: UnsafeRawBufferPointer? {
            guard rest.first == 0x22, let end = rest[1...].firstIndex(of: 0x22) else { return nil }
            return UnsafeRawBufferPointer(rebasing: rest[1..<end])
        }
    }

    private let bytes: UnsafeRawBufferPointer
    private var at = 0
    private var depth = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        skipBlanks()
        if at >= bytes.count || bytes[at] != 0x7b { at = bytes.count }
    }

    mutating func next() -> Member? {
        while at < bytes.count {
            switch bytes[at] {
            case 0x7b, 0x5b: depth += 1
            case 0x7d, 0x5d: depth -= 1
            case 0x22:
                let start = at + 1
                let end = stringEnd(start)
                at = min(end + 1, bytes.count)
                skipBlanks()
                guard at < bytes.count, bytes[at] == 0x3a else { continue }
                at += 1
                skipBlanks()
                return Member(
                    depth: depth, name: UnsafeRawBufferPointer(rebasing: bytes[start..<end]),
                    rest: UnsafeRawBufferPointer(rebasing: bytes[at...]))
            default: break
            }
            at += 1
        }
        return nil
    }

    private func stringEnd(_ start: Int) -> Int {
        var end = start
        while end < bytes.count, bytes[end] != 0x22 { end += bytes[end] == 0x5c ? 2 : 1 }
        return min(end, bytes.count)
    }

    private mutating func skipBlanks() {
        while at < bytes.count, ByteClass.isBlank(bytes[at]) || bytes[at] == 0x0a { at += 1 }
    }
}
