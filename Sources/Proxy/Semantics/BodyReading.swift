internal import Routing
internal import Semantics

/// A body that is being looked into before an agent is chosen: for what it means, whom it names, which model it wants.
final class BodyReading {
    /// What the rule hangs on; nil once it is found, or where the head said it.
    var question: MeaningQuestion?
    var scanner: PromptScanner
    /// Bytes after which is decided by what has come.
    let limit: Int
    /// A further tier is being asked.
    var isAsking = false
    /// No more bytes are wanted.
    var isOver = false

    init(_ question: MeaningQuestion?, _ meaning: Meaning, limit: Int) {
        self.question = question
        self.limit = limit
        scanner = PromptScanner(paths: meaning.paths)
    }
}
