internal import Settings

/// Whether an exchange whose attempt failed may go to another agent, and after how long.
///
/// A connection that did not come about, or one that was kept and had gone stale, is made good once at no cost. All
/// else is repeated only where repeating is safe, while no byte of an answer has gone to the client, as often as
/// `attempts` says, and as far as the pool's budget goes, which is asked last and elsewhere: `RetryBudget`.
package struct RetryPolicy: Sendable, Equatable {
    /// Further attempts of one exchange, those at no cost aside.
    package let attempts: Int
    /// Nanoseconds an attempt may wait for the first byte of its answer; `.max` is no bound.
    package let perTry: Int64
    /// A request's body is kept for repetition up to here, in bytes.
    package let replayBytes: Int
    /// Of the last ten seconds' requests, the share that may be repeated, and how many a second besides.
    package let ratio: Double
    package let minPerSecond: Int
    private let backoff: Int64
    private let maxBackoff: Int64
    private let causes: Set<RetryCondition>

    package init(_ settings: RetrySettings) {
        attempts = min(max(settings.attempts, 0), Tried.most - 2)
        perTry = settings.perTry?.nanoseconds ?? .max
        replayBytes = max(settings.replayBytes.bytes, 0)
        ratio = settings.budget.ratio.value
        minPerSecond = settings.budget.minPerSecond
        backoff = settings.backoff.nanoseconds
        maxBackoff = settings.maxBackoff.nanoseconds
        causes = Set(settings.on)
    }

    /// What an agent refused is sent again at once so many times, over another connection if need be.
    static let freeAfterRefusal = 3

    /// `random`: any number; all 64 bits are used.
    package func verdict(_ failed: FailedAttempt, random: UInt64) -> RetryVerdict {
        if failed.isAnswerBegun { return .no(.answerBegun) }
        guard isListed(failed) else { return .no(.notListed) }
        if failed.cause == .refused {
            guard failed.isWhole else { return .no(.bodyGone) }
            if failed.freeRepeats < Self.freeAfterRefusal { return .sameAgent }
        } else if failed.sent != .nothing {
            guard failed.request.isRepeatable else { return .no(.unsafe) }
            guard failed.isWhole else { return .no(.bodyGone) }
        }
        if failed.freeRepeats == 0 {
            if failed.cause == .connect { return .yes(after: 0, isFree: true) }
            if failed.cause == .stale { return .sameAgent }
        }
        guard failed.repeats < attempts else { return .no(.attemptsUsed) }
        return .yes(after: delay(failed.repeats, random), isFree: false)
    }

    /// Whether an answer of this status is to be looked at before it is passed on.
    @inline(__always)
    package func mayRepeat(status: Int) -> Bool { status >= 400 && causes.contains(.status(status)) }

    private func isListed(_ failed: FailedAttempt) -> Bool {
        switch failed.cause {
        case .connect: causes.contains(.connect)
        case .stale, .refused, .reset: causes.contains(.reset)
        case .timeout: causes.contains(.timeout)
        case .stream: causes.contains(.stream)
        case .badAnswer: false
        // too much to do: for a model another back end has room, while a gateway means this client
        case .status(429), .status(529): failed.request.kind == .llm && mayRepeat(status: failed.cause.status)
        case .status(let status): mayRepeat(status: status)
        }
    }

    /// Full jitter: anything from nothing to the backoff, which doubles with every repetition.
    private func delay(_ repeats: Int, _ random: UInt64) -> Int64 {
        let (doubled, isOver) = backoff.multipliedReportingOverflow(by: 1 << Int64(min(repeats, 32)))
        let longest = isOver ? maxBackoff : min(doubled, maxBackoff)
        guard longest > 0 else { return 0 }
        return Int64(random.multipliedFullWidth(by: UInt64(longest)).high)
    }
}

extension RetryCause {
    fileprivate var status: Int {
        if case .status(let status) = self { status } else { 0 }
    }
}

/// An attempt that came to nothing, with what decides about another one.
package struct FailedAttempt: Sendable {
    /// How much of the request the agent has had.
    package enum Sent: Sendable { case nothing, head, body }

    package var cause: RetryCause
    package var request: RetryRequest
    package var sent: Sent
    /// Everything that was sent is still here to be sent again.
    package var isWhole: Bool
    /// A byte of an answer has gone to the client.
    package var isAnswerBegun: Bool
    /// Repetitions of this exchange so far: those that counted, and those at no cost.
    package var repeats: Int
    package var freeRepeats: Int

    package init(
        _ cause: RetryCause, _ request: RetryRequest, sent: Sent, isWhole: Bool = true, isAnswerBegun: Bool = false,
        repeats: Int = 0, freeRepeats: Int = 0
    ) {
        self.cause = cause
        self.request = request
        self.sent = sent
        self.isWhole = isWhole
        self.isAnswerBegun = isAnswerBegun
        self.repeats = repeats
        self.freeRepeats = freeRepeats
    }
}

/// What a failed attempt leads to.
package enum RetryVerdict: Sendable, Hashable {
    case no(RetryRefusal)
    /// Another agent, after so many nanoseconds. Not free: if the budget has room.
    case yes(after: Int64, isFree: Bool)
    /// The same agent at once, over a fresh connection.
    case sameAgent
}

/// Why there is no further attempt.
package enum RetryRefusal: Sendable, Hashable, CaseIterable {
    /// The client has begun to read an answer.
    case answerBegun
    /// `retry.on` does not list what went wrong.
    case notListed
    /// The agent has had some of a request that must not reach two.
    case unsafe
    /// The body was longer than `retry.replayBytes`.
    case bodyGone
    case attemptsUsed
}
