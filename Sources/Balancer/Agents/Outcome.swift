/// How an attempt at an agent ended, as far as it tells something about the agent.
package enum Outcome: Sendable, Hashable {
    /// Answered, and nothing in the answer speaks against the agent. Ends an ejection.
    case success
    case failure(FailureKind)
    /// Answered that it has too much to do (429, 529): neither well nor ill, and no reason to eject it.
    case overloaded
    /// The client went away, or we did. Counts as nothing.
    case cancelled

    /// What a status says. 502, 503 and 504 speak of the agent as a whole: it is a gateway without its back end, or
    /// starting, or draining. Other errors, 500 among them, speak of one request: one that a client repeats must not
    /// take agents out for everyone.
    package static func of(status: Int) -> Outcome {
        switch status {
        case 502, 503, 504: .failure(.status)
        case 429, 529: .overloaded
        default: .success
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
