/// How an attempt at an agent ended, as far as it tells something about the agent.
package enum Outcome: Sendable, Hashable {
    /// Answered, and nothing in the answer speaks against the agent.
    case success
    /// No answer, or one that speaks of the agent as a whole.
    case failure(FailureKind)
    /// Answered that it has too much to do (429, 529): counts for the breaker's ratio, not in a row.
    case overloaded
    /// Answered with another 5xx: counts for the ratio, not in a row, for one request that a client repeats must not
    /// take agents out for everyone.
    case serverError
    /// The client went away, or we did. Counts as nothing.
    case cancelled

    /// What a status says. 502, 503 and 504 speak of the agent as a whole: it is a gateway without its back end, or
    /// starting, or draining. Other errors, 500 among them, speak of one request.
    package static func of(status: Int) -> Outcome {
        switch status {
        case 502, 503, 504: .failure(.status)
        case 429, 529: .overloaded
        case 500...599: .serverError
        default: .success
        }
    }

    /// Whether it counts against the agent.
    package var isError: Bool {
        switch self {
        case .success, .cancelled: false
        case .failure, .overloaded, .serverError: true
        }
    }
}

/// What went wrong with an agent. All kinds weigh the same.
package enum FailureKind: UInt8, Sendable, CaseIterable {
    /// No connection came about.
    case connect
    /// The connection ended before the answer did.
    case reset
    /// Silence for longer than allowed.
    case timeout
    /// An answer that is not HTTP as it must be.
    case badAnswer
    /// 502, 503 or 504.
    case status
}
