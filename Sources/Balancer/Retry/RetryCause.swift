/// Why an attempt at an agent did not give an answer that a client should have.
package enum RetryCause: Sendable, Hashable {
    /// No connection came about: nothing was sent.
    case connect
    /// A kept connection was closed by the agent while the request was on its way to it.
    case stale
    /// The agent says that it has not looked at the request (RFC 9113 8.7): safe whatever the method.
    case refused
    /// The connection ended before an answer.
    case reset
    /// Nothing came within `retry.perTry`.
    case timeout
    /// The answer is not HTTP as it must be.
    case badAnswer
    /// The agent answered with a status that tells of itself, not of the request.
    case status(Int)
    /// An event stream that began with an error, or ended before its first content.
    case stream
}
