internal import Glibc
internal import Routing
internal import Semantics

/// A body that is being looked into before an agent is chosen: for what it means, whom it names, which model it wants.
final class BodyReading {
    /// How much of a body is waited for where only an agent may be named in it, in bytes.
    static let agentBytes = 256 << 10
    /// The same where a model is to be chosen: what it costs hangs on all of it.
    static let modelBytes = 8 << 20

    /// What the rule hangs on; nil once it is found, or where the head said it.
    var question: MeaningQuestion?
    var scanner: PromptScanner
    /// Bytes after which is decided by what has come.
    let limit: Int
    /// Nothing but a named agent is looked for.
    let isForAgent: Bool
    /// A further tier is being asked.
    var isAsking = false
    /// No more bytes are wanted.
    var isOver = false

    /// - Parameter counts: whether tokens are.
    init(_ question: MeaningQuestion?, _ meaning: Meaning, limit: Int, counts: Bool) {
        self.question = question
        self.limit = limit
        isForAgent = false
        scanner = PromptScanner(paths: meaning.paths, counts: counts)
    }

    /// For a named agent alone.
    init(limit: Int) {
        self.limit = limit
        isForAgent = true
        scanner = PromptScanner(paths: [], counts: false)
    }

    /// Whether a whole body can name an agent. A look that costs next to nothing, where most bodies do not.
    static func mayNameAgent(_ body: UnsafeRawBufferPointer) -> Bool {
        holds("\"agent", body) || holds("\\u00", body)
    }

    private static func holds(_ word: StaticString, _ body: UnsafeRawBufferPointer) -> Bool {
        guard let base = body.baseAddress else { return false }
        let count = word.utf8CodeUnitCount
        var at = base
        while let found = memchr(at, Int32(word.utf8Start[0]), base + body.count - at) {
            let left = base + body.count - UnsafeRawPointer(found)
            if left < count { return false }
            if memcmp(found, word.utf8Start, count) == 0 { return true }
            at = UnsafeRawPointer(found) + 1
        }
        return false
    }
}
