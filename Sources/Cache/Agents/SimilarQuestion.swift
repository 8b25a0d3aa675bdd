internal import Wire

/// What finds the answers to requests that ask the same in other words: everything of a request but the newest words of
/// its user, and these.
package struct SimilarQuestion: Sendable, Hashable {
    /// As `AgentKey.bytes`, with a hole in the prompt's place: two requests with one frame differ in their prompts
    /// alone.
    package let frame: [UInt8]
    /// UTF-8.
    package let prompt: [UInt8]

    /// Requests that want an answer to a question, and not their very words worked upon: embeddings, speech, counts of
    /// tokens.
    static func suits(_ head: RequestHead, _ shape: AgentShape) -> Bool {
        let path = head.path
        switch shape {
        case .message: return true
        case .messages: return !ends(path, "tokens") && !ends(path, "tokenize")
        case .input: return ends(path, "/responses")
        case .prompt: return ends(path, "/completions") || ends(path, "/complete") || ends(path, "/generate")
        }
    }

    private static func ends(_ path: UnsafeRawBufferPointer, _ ending: StaticString) -> Bool {
        let count = ending.utf8CodeUnitCount
        return path.count >= count && UnsafeRawBufferPointer(rebasing: path.suffix(count)).isCaseless(ending)
    }
}
