internal import Balancer
internal import Settings
internal import Wire

/// How a pool binds requests to agents, worked out beforehand for one loop.
final class AffinityPlan {
    /// What names a session; nil where nothing does.
    let sessions: KeyFinder?
    /// What a strategy goes by that gives equal keys to the same agent; nil: the client's address.
    let key: KeyFinder?
    let cookie: AffinityCookie?
    let learns: Bool
    /// Nanoseconds.
    let ttl: Int64
    let wait: Int64
    let entries: Int
    let bodyBytes: Int
    let rejects: Bool
    /// Sessions of pools are kept apart by it.
    let salt: UInt64
    private let places: [UInt64: Int]

    /// Of a pool that a request has narrowed: sessions with agents of the others stay with those.
    let isPart: Bool

    /// Nil where nothing binds anything: for a pool of one too.
    init?(_ pool: Pool) {
        let settings = pool.balancing.affinity
        let isOn = settings.enabled && pool.wholeCount > 1
        sessions = isOn ? KeyFinder(settings.keys.keys) : nil
        cookie = isOn ? AffinityCookie(settings.cookie) : nil
        let goesByKey = pool.strategy.strategy.pacing == .key && pool.balancing.hash.on != .address
        key = goesByKey && pool.wholeCount > 1 ? KeyFinder([pool.balancing.hash.on]) : nil
        learns = settings.learn
        ttl = settings.ttl.nanoseconds
        wait = settings.wait.nanoseconds
        entries = settings.entries
        bodyBytes = settings.bodyBytes.bytes
        rejects = settings.onMissing == .reject
        salt = StableHash.of(pool.wholeName)
        isPart = pool.wholeName != pool.name
        var places: [UInt64: Int] = [:]
        for (index, agent) in pool.agents.enumerated() { places[StableHash.of(agent.id)] = index }
        self.places = places
        if sessions == nil, cookie == nil, key == nil { return nil }
    }

    /// Responses' ids bind requests too.
    var learnsResponses: Bool { sessions?.keys.contains(.response) == true }

    /// Nothing is to be found in this head, at the cost of a few loads.
    @inline(__always)
    func isIdle(_ head: RequestHead) -> Bool {
        cookie == nil && key == nil && sessions?.isIdle(head) != false
    }

    /// Where an agent stands in the pool; nil where it does not.
    func place(of agent: UInt64) -> Int? { places[agent] }
}
