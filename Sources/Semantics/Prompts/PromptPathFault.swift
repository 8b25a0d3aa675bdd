/// What is wrong with the text of a `PromptPath`, said to whom wrote it.
package enum PromptPathFault: Error, Sendable, Equatable, CustomStringConvertible {
    case empty
    case nameFirst(String)
    case emptyName(String)
    case afterBracket(String)
    case openBracket(String)
    case index(String)
    case character(String)
    case secondList(String)
    case tooLong(String)

    package var description: String {
        switch self {
        case .empty: "an empty path; write a name, as `message` or `data.text`"
        case .nameFirst(let text): "path '\(text)' begins with a bracket; begin with a name, as `messages[].content`"
        case .emptyName(let text): "path '\(text)' has an empty name; write a name before and after every dot"
        case .afterBracket(let text): "path '\(text)' goes on without a dot after ']'; write `items[0].text`"
        case .openBracket(let text): "path '\(text)' has a '[' that is not closed; write `[]` or `[0]`"
        case .index(let text): "path '\(text)' has brackets with no index of at most 6 digits; write `[]` or `[0]`"
        case .character(let text): "path '\(text)' has a blank or a ']' in a name; write names, dots and brackets only"
        case .secondList(let text):
            "path '\(text)' has more than one `[]`; end it at the inner list, all of which is read"
        case .tooLong(let text):
            "path '\(text)' is too long; at most \(PromptPath.mostSteps) steps, \(PromptPath.longestName) bytes a name"
        }
    }
}
