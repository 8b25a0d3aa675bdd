internal import NIOCore
internal import Semantics
internal import Settings

/// The tiers that have learnt the categories of a generation, and are asked in turn.
final class SemanticJudges: Sendable {
    /// A tier with what it has learnt.
    struct Seat: Sendable {
        var tier: Tier
        var judge: any TierJudge
    }

    let categories: [CategoryExamples]
    let seats: [Seat]
    /// For all tiers together.
    let budget: Duration

    init(_ categories: [CategoryExamples], _ seats: [Seat], budget: Duration) {
        self.categories = categories
        self.seats = seats
        self.budget = budget
    }

    /// What the tiers say of a text: the first whose verdict is clear, else the last that answered.
    ///
    /// - Parameters:
    ///   - text: UTF-8, any bytes.
    ///   - eventLoop: the one this is called on. `done` is called once, on it, at the end of `budget` at the latest,
    ///     and before this returns where all that is needed is remembered. Nil: nobody answered in time.
    func ask(
        _ text: [UInt8], on eventLoop: any EventLoop, done: @escaping @Sendable (SemanticOpinion?) -> Void
    ) {
        TierTurn(Tier.cut(text), self, eventLoop, done).begin()
    }
}
