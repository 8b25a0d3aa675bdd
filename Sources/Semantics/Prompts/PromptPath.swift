/// A place in a JSON body where text to judge may stand, written as operators write it.
///
///     path  = name *( "." name / "[" "]" / "[" digits "]" )
///     name  = 1*( any character but "." "[" "]" and blanks )
///
/// `message`, `data.text`, `items[0].text`: that value. `messages[].content`: of the list's elements the last that has
/// text and is not said by somebody else (its `role`, where it has one, is `user`); a path has at most one `[]`.
/// A path may end at a string, at a list of strings or of parts (`{"type": "text", "text": ...}`), which are joined by
/// line feeds, or at a list of turns (`{"role": ..., "content": ...}`), of which the last of the user counts.
package struct PromptPath: Sendable, Equatable, CustomStringConvertible {
    package enum Step: Sendable, Equatable {
        case name([UInt8])
        /// Every element of a list.
        case every
        case index(Int)
    }

    /// What a path may hold; longer names in a body are not looked at.
    package static let longestName = 64
    package static let mostSteps = 16
    /// More paths than this are not looked at.
    package static let most = 32

    package let steps: [Step]

    /// The bodies that agents and the usual APIs speak, best first.
    package static let standard: [PromptPath] = [
        PromptPath(steps: [.name(Array("messages".utf8)), .every, .name(Array("content".utf8))]),
        PromptPath(steps: [.name(Array("message".utf8))]),
        PromptPath(steps: [.name(Array("input".utf8))]),
        PromptPath(steps: [.name(Array("prompt".utf8))]),
    ]

    init(steps: [Step]) { self.steps = steps }

    /// Throws what is wrong with the text and what would be right.
    package init(reading text: String) throws(PromptPathFault) {
        let bytes = Array(text.utf8)
        var steps: [Step] = []
        var at = 0
        while at < bytes.count {
            if bytes[at] == UInt8(ascii: "[") {
                guard !steps.isEmpty else { throw .nameFirst(text) }
                steps.append(try Self.element(bytes, &at, text))
            } else {
                if !steps.isEmpty {
                    guard bytes[at] == UInt8(ascii: ".") else { throw .afterBracket(text) }
                    at += 1
                }
                guard at < bytes.count else { throw .emptyName(text) }
                steps.append(.name(try Self.name(bytes, &at, text)))
            }
        }
        guard !steps.isEmpty else { throw .empty }
        guard steps.count <= Self.mostSteps else { throw .tooLong(text) }
        guard steps.count(where: { $0 == .every }) <= 1 else { throw .secondList(text) }
        self.steps = steps
    }

    /// The same, nil where it is no path.
    package init?(_ text: String) {
        guard let path = try? PromptPath(reading: text) else { return nil }
        self = path
    }

    package var description: String {
        var text = ""
        for step in steps {
            switch step {
            case .name(let name): text += (text.isEmpty ? "" : ".") + String(decoding: name, as: UTF8.self)
            case .every: text += "[]"
            case .index(let index): text += "[\(index)]"
            }
        }
        return text
    }

    private static func name(_ bytes: [UInt8], _ at: inout Int, _ text: String) throws(PromptPathFault) -> [UInt8] {
        let start = at
        while at < bytes.count, bytes[at] != UInt8(ascii: "."), bytes[at] != UInt8(ascii: "[") {
            guard bytes[at] > 0x20, bytes[at] != UInt8(ascii: "]") else { throw .character(text) }
            at += 1
        }
        guard at > start else { throw .emptyName(text) }
        guard at - start <= longestName else { throw .tooLong(text) }
        return Array(bytes[start..<at])
    }

    private static func element(_ bytes: [UInt8], _ at: inout Int, _ text: String) throws(PromptPathFault) -> Step {
        at += 1
        let start = at
        while at < bytes.count, bytes[at] != UInt8(ascii: "]") { at += 1 }
        guard at < bytes.count else { throw .openBracket(text) }
        let digits = bytes[start..<at]
        at += 1
        if digits.isEmpty { return .every }
        guard digits.count <= 6, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { throw .index(text) }
        return .index(digits.reduce(0) { $0 * 10 + Int($1 - 0x30) })
    }
}
