internal import NIOPosix
internal import Semantics

/// What a thread keeps for itself, so that judging shares nothing with others: memory to judge in, and who judges now.
///
/// `Sendable` for it never leaves its thread: it is reached through a variable of the thread alone.
final class JudgeSeat: @unchecked Sendable {
    private static let seats = ThreadSpecificVariable<JudgeSeat>()

    let scratch = JudgeScratch()
    /// Of `judges`; no two in a process have the same.
    var version = 0
    /// Weak: a thread that is asked nothing any more must not hold a model in memory.
    weak var judges: SemanticJudges?

    static var own: JudgeSeat {
        if let known = seats.currentValue { return known }
        let made = JudgeSeat()
        seats.currentValue = made
        return made
    }
}
