/// Which model is asked next when one did not answer: the machine of one request.
///
/// It begins at the model that the request has and never goes back: a request for the second model of the chain goes on
/// with the third.
///
/// A model is asked `maxRetries` times more, `retryDelayMs` apart, before the next one. The other way, each model once
/// and then rounds over all of them, would save a client those seconds where the primary is down. But
/// `{"max_retries": 2, "retry_delay_ms": 1000}` beside a primary says to whoever reads it that one hiccup does not hand
/// a request to another model; another model is another answer and another bill, and one second is little beside what
/// an answer takes. Rounds would come to the same number of tries where all fail. What makes waiting dear is left out:
/// no model is asked again after a timeout, where nobody can serve it (health checks and breakers see to it that a dead
/// primary costs its delay a few requests and then nothing), where it asks for a pause longer than the delay, where it
/// is not known, or where repeating is beyond the pool's budget. Who wants the next model at once says `maxRetries: 0`,
/// which is what holds if nothing is said.
///
/// Exits of its states: asking, by `failed` to asking again, asking the next, or over; by `answerBegan` to over. Over
/// has none.
package struct FallbackChain: Sendable, Equatable {
    private let policy: FallbackPolicy
    private let start: Int
    private var place: Int
    private var repeats = 0
    private var end: FallbackEnd?
    /// How often any model was asked, this time included.
    package private(set) var tries = 1

    init(_ policy: FallbackPolicy, at place: Int) {
        self.policy = policy
        start = place
        self.place = place
    }

    /// The model that is asked now, or that gave the answer.
    package var model: String { policy.models[place] }

    /// It is another one than the request has.
    package var isFallback: Bool { place != start }

    /// Nanoseconds that this try may wait for its first byte; nil: as the timeouts of the exchange say.
    package var timeout: Int64? { policy.timeout }

    /// The answer goes to the client from here on: whatever happens, nobody else is asked.
    package mutating func answerBegan() { end = end ?? .begun }

    /// The models that may be asked after this one, in order; none once the answer has begun.
    package var following: ArraySlice<String> { end == nil ? policy.models[(place + 1)...] : [] }

    /// The model gave no answer. `mayRepeat`: false where the pool's budget of repetitions is used up, so that the same
    /// model is not asked again; only asked where that is the question.
    package mutating func failed(
        _ cause: FallbackCause, mayRepeat: @autoclosure () -> Bool = true
    ) -> FallbackStep {
        if let end { return .giveUp(end) }
        switch remedy(cause) {
        case .none: return over(.answer)
        case .again where repeats < policy.retries && mayRepeat():
            repeats += 1
            tries += 1
            return .again(after: policy.delay)
        case .again, .next:
            guard place + 1 < policy.models.count else { return over(.exhausted) }
            place += 1
            repeats = 0
            tries += 1
            return .next(model: model)
        }
    }

    private mutating func over(_ why: FallbackEnd) -> FallbackStep {
        end = why
        return .giveUp(why)
    }

    private enum Remedy {
        /// What came is for the client.
        case none
        /// Time may mend it.
        case again
        /// Time does not, in any time worth waiting; another model may.
        case next
    }

    private func remedy(_ cause: FallbackCause) -> Remedy {
        switch cause {
        case .connect, .reset, .stream: .again
        case .timeout, .unavailable, .badAnswer, .modelMissing: .next
        // not implemented, and not in this version of HTTP: so it stays
        case .status(501, _), .status(505, _): .next
        case .status(408, let pause), .status(429, let pause), .status(500...599, let pause):
            pause ?? 0 > policy.delay ? .next : .again
        case .status: .none
        }
    }
}
