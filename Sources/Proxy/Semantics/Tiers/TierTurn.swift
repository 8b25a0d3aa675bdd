internal import NIOCore
internal import Semantics
internal import Settings

/// One text on its way through the tiers.
///
/// Touched on its loop only, which is what makes it `Sendable`.
final class TierTurn: @unchecked Sendable {
    private struct Answer: Sendable {
        var opinion: SemanticOpinion
        var isClear: Bool
        var isCached: Bool
    }

    private let text: String
    private let judges: SemanticJudges
    private let eventLoop: any EventLoop
    private let end: NIODeadline
    /// Nil once it was called.
    private var done: (@Sendable (SemanticOpinion?) -> Void)?
    /// Of the tier that is asked; what an earlier one says yet comes too late.
    private var place = -1
    private var asked = NIODeadline.now()
    private var timer: Scheduled<Void>?
    /// The last one that was given.
    private var opinion: SemanticOpinion?

    init(
        _ text: String, _ judges: SemanticJudges, _ eventLoop: any EventLoop,
        _ done: @escaping @Sendable (SemanticOpinion?) -> Void
    ) {
        self.text = text
        self.judges = judges
        self.eventLoop = eventLoop
        self.done = done
        end = .now() + .nanoseconds(judges.budget.nanoseconds)
    }

    func begin() { askNext() }

    private func askNext() {
        place += 1
        asked = .now()
        guard judges.seats.indices.contains(place), asked < end else { return finish() }
        let (seat, place) = (judges.seats[place], place)
        let limit = min(end, asked + .nanoseconds(seat.tier.settings.timeout.nanoseconds))
        timer = eventLoop.scheduleTask(deadline: limit) { self.settle(place, .failure(.late)) }
        seat.tier.vector(of: text, until: limit) { [text, eventLoop] result in
            // here, on the thread that has the vector: the loop has other things to do
            let answer = result.map { Self.judge($0, text, seat) }
            if eventLoop.inEventLoop {
                self.settle(place, answer)
            } else {
                eventLoop.execute { self.settle(place, answer) }
            }
        }
    }

    private static func judge(_ found: Tier.Found, _ text: String, _ seat: SemanticJudges.Seat) -> Answer {
        let (probabilities, isClear) = seat.judge.judge(found.vector, of: text)
        return Answer(
            opinion: SemanticOpinion(probabilities: probabilities, tier: seat.tier.name), isClear: isClear,
            isCached: found.isCached)
    }

    /// The tier at `place` has answered, or failed, or its time is over; what comes after that is nothing.
    private func settle(_ place: Int, _ result: Result<Answer, TierFault>) {
        guard place == self.place, done != nil else { return }
        timer?.cancel()
        timer = nil
        let counters = judges.seats[place].tier.counters
        switch result {
        case .success(let answer):
            let taken = Int((.now() - asked).nanoseconds)
            counters.note(answer.isCached ? .cached : .answered, nanoseconds: taken)
            opinion = answer.opinion
            if answer.isClear { return finish() }
        case .failure(.late): counters.note(.late)
        case .failure(.full), .failure(.resting): counters.note(.skipped)
        case .failure: counters.note(.failed)
        }
        askNext()
    }

    private func finish() {
        guard let done else { return }
        self.done = nil
        done(opinion)
    }
}
