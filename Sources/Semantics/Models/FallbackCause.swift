/// Why a model gave no answer that a client should have, as the chain of models sees it: after the balancer has done
/// what it could at other agents.
package enum FallbackCause: Sendable, Hashable {
    /// No connection came about.
    case connect
    /// The connection ended before an answer.
    case reset
    /// An event stream that began with an error, or ended before its first content.
    case stream
    /// The answer is not HTTP as it must be.
    case badAnswer
    /// No first byte within `timeoutMs`.
    case timeout
    /// Nobody serves it now: no agent lists it, or all are down, set aside, or as busy as their queue allows.
    case unavailable
    /// The agent says that it does not have the model: see `MissingModel`.
    case modelMissing
    /// A whole answer with this status. `retryAfter`: nanoseconds that it asks to wait; nil where it says nothing.
    case status(Int, retryAfter: Int64?)

    /// For a metric's label; statuses stand for themselves.
    package var word: String {
        switch self {
        case .connect: "connect"
        case .reset: "reset"
        case .stream: "stream"
        case .badAnswer: "bad-answer"
        case .timeout: "timeout"
        case .unavailable: "unavailable"
        case .modelMissing: "model-missing"
        case .status(let status, _): String(status)
        }
    }
}

/// What a failure leads to.
package enum FallbackStep: Sendable, Hashable {
    /// The same model once more, after so many nanoseconds.
    case again(after: Int64)
    /// This model, at once.
    case next(model: String)
    case giveUp(FallbackEnd)
}

/// Why no further model is asked. The client gets what came last.
package enum FallbackEnd: String, Sendable, Hashable {
    /// It is an answer: another model would be told the same.
    case answer
    /// The client has begun to read one.
    case begun
    /// There is no further model.
    case exhausted
}
