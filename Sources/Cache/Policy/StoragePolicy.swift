/// What the configuration says about keeping answers, for one rule. Durations are seconds.
package struct StoragePolicy: Sendable, Equatable {
    /// How long an answer is fresh that states nothing; nil: what RFC 9111 4.2.2 lets a cache guess.
    package var defaultLifetime: Int64?
    /// The part of the time since `Last-Modified` for which an answer is taken to be fresh.
    package var heuristicPart = 0.1
    package var heuristicCap: Int64 = 86_400
    /// Lifetimes by status, for answers that state none: `404`, `410`.
    package var negative: [Int: Int64] = [:]
    /// The rule's leave to serve stale answers, where the answer gives or refuses none itself.
    package var staleWhileRevalidate: Int64?
    package var staleIfError: Int64?
    /// Answers to requests with `Authorization` may be kept although they do not say so themselves.
    package var ignoresCredentials = false
    /// Fields that are heeded in place of `Cache-Control` and `Expires`, lower case, the first that stands counts
    /// (RFC 9213 2.2).
    package var targeted: [[UInt8]] = [Array("cdn-cache-control".utf8)]
    /// How long an agent's answer to a POST is fresh that the rule wants kept; nil: none is kept.
    package var agentLifetime: Int64?

    package init() {}
}
