internal import Cache

/// How far an exchange is with the cache; made for those that are not answered from memory at once.
final class CacheTurn {
    let caching: CachePlan
    let facts: RequestFacts
    /// Nil while the body that belongs to it is on its way.
    var key: CacheKey?
    var name: CacheName?
    /// What is kept, and cannot serve as it is.
    var stale: StoredAnswer?
    var servesOnError = false
    var reason = CacheStatusText.Forwarded.uriMiss
    /// What would have been served, were this not a rehearsal.
    var shadowed: StoredAnswer?
    var agent: AgentKey?
    /// What finds the answers to similar requests.
    var similar: SimilarTurn?
    /// The whole body is waited for: it says what is asked.
    var gathers = false
    /// It may wait for what others have asked for.
    var mayJoin = true
    /// What it waited for failed once; a second failure is its own.
    var hasRejoined = false
    var isCounted = false
    /// Ours, of what is to be fetched; other replicas wait for it.
    var lease: HeldLease?

    init(_ caching: CachePlan, _ facts: RequestFacts) {
        self.caching = caching
        self.facts = facts
    }
}
