internal import Synchronization

/// What is counted of limits beside each one's own figures, since the start.
final class LimitFigures: Sendable {
    private let failures = Atomic<Int>(0)
    private let spent = Atomic<Int>(0)
    private let open = Atomic<Int>(0)

    /// Redis did not answer in time, or was not asked as it is of no use: the replica's own count decided.
    func redisFailed() { failures.wrappingAdd(1, ordering: .relaxed) }
    var redisFailures: Int { failures.load(ordering: .relaxed) }

    /// Tokens that answers were found to have cost.
    func spent(_ tokens: Int) { spent.wrappingAdd(tokens, ordering: .relaxed) }
    var tokensSpent: Int { spent.load(ordering: .relaxed) }

    /// Tokens that are set apart for requests that are under way.
    func reserved(_ tokens: Int) { open.wrappingAdd(tokens, ordering: .relaxed) }
    var tokensReserved: Int { open.load(ordering: .relaxed) }
}
