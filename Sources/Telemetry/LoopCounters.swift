/// What one event loop has counted: requests, durations, errors, connections, agents.
///
/// Touched on its loop only: plain integers, no locks, no atomics; `snapshot()` is taken on the loop, and the
/// snapshots of all loops are summed elsewhere. Not `Sendable` for that reason.
///
/// Invariants of the storage:
/// - `tallies` has `Tally.allCases.count` numbers, `errors` one a kind, both for the life of the object;
/// - `agents` has `agentCount` groups of `AgentTally.allCases.count` numbers;
/// - `routes` has `routeCount` pointers, each nil until the route's first request, then to `blockSize` numbers:
///   the requests by `StatusClass`, the histogram's buckets with the one above the last border, and the sum in ns.
///   A configuration of ten thousand rules so costs ten thousand words, not ten thousand histograms.
package final class LoopCounters {
    package private(set) var labels: CounterLabels
    /// Of the cache: lookups by layer, and why answers are not kept.
    let cache: CacheCounters
    package let auth: AuthCounters

    /// Calls of gRPC, by how they ended; empty until the first.
    private var calls: [Int] = []

    private static let statusClasses = StatusClass.allCases.count
    private static let agentTallies = AgentTally.allCases.count

    private let tallies: UnsafeMutablePointer<Int>
    private let errors: UnsafeMutablePointer<Int>
    private let errorCount: Int
    private let bounds: UnsafeMutablePointer<Int64>
    private let boundCount: Int
    private let blockSize: Int
    private var agents: UnsafeMutablePointer<Int>
    private var agentCount: Int
    private var routes: UnsafeMutablePointer<UnsafeMutablePointer<Int>?>
    private var routeCount: Int

    package init(labels: CounterLabels) {
        self.labels = labels
        cache = CacheCounters(layers: labels.layers.count, refusals: labels.refusals.count)
        auth = AuthCounters(labels)
        tallies = Self.zeroed(Tally.allCases.count)
        errorCount = labels.errorKinds.count
        errors = Self.zeroed(errorCount)
        boundCount = labels.bucketNanoseconds.count
        bounds = .allocate(capacity: max(boundCount, 1))
        for (index, bound) in labels.bucketNanoseconds.enumerated() { bounds[index] = bound }
        blockSize = Self.statusClasses + boundCount + 2
        agentCount = labels.agents.count
        agents = Self.zeroed(agentCount * Self.agentTallies)
        routeCount = labels.routes.count
        routes = .allocate(capacity: routeCount)
        routes.initialize(repeating: nil, count: routeCount)
    }

    deinit {
        tallies.deallocate()
        errors.deallocate()
        bounds.deallocate()
        agents.deallocate()
        for index in 0..<routeCount { routes[index]?.deallocate() }
        routes.deallocate()
    }

    /// Makes room for the names that a new generation has appended. Indices given out before keep their meaning.
    package func adopt(_ labels: CounterLabels) {
        self.labels = labels
        cache.adopt(layers: labels.layers.count)
        if labels.agents.count > agentCount {
            let grown = Self.zeroed(labels.agents.count * Self.agentTallies)
            grown.update(from: agents, count: agentCount * Self.agentTallies)
            agents.deallocate()
            agents = grown
            agentCount = labels.agents.count
        }
        if labels.routes.count > routeCount {
            let grown = UnsafeMutablePointer<UnsafeMutablePointer<Int>?>.allocate(capacity: labels.routes.count)
            grown.initialize(repeating: nil, count: labels.routes.count)
            grown.update(from: routes, count: routeCount)
            routes.deallocate()
            routes = grown
            routeCount = labels.routes.count
        }
    }

    /// Adds to a tally; a negative number takes away from one that goes up and down.
    package func add(_ number: Int, to tally: Tally) {
        tallies[tally.rawValue] &+= number
    }

    package subscript(tally: Tally) -> Int { tallies[tally.rawValue] }

    /// Counts a request whose answer has ended (or never came: status 0).
    ///
    /// - Parameters:
    ///   - route: the route's index in `labels.routes`; one that is out of range counts as unmatched.
    ///   - nanoseconds: from the first byte of the head to the last byte of the answer.
    package func requestEnded(route: Int, status: Int, nanoseconds: Int64) {
        let block = block(of: route)
        block[StatusClass(status: status).rawValue] &+= 1
        var bucket = 0
        while bucket < boundCount && nanoseconds > bounds[bucket] { bucket += 1 }
        block[Self.statusClasses + bucket] &+= 1
        block[blockSize - 1] &+= Int(max(nanoseconds, 0))
    }

    /// Counts an answer that the proxy made itself because of a failure; `kind` is an index in `labels.errorKinds`.
    package func failed(kind: Int) {
        guard kind >= 0 && kind < errorCount else { return }
        errors[kind] &+= 1
    }

    /// Counts a call of gRPC that has ended; `status` is from 0 to 16.
    package func callEnded(status: Int) {
        guard (0...16).contains(status) else { return }
        if calls.isEmpty { calls = Array(repeating: 0, count: 17) }
        calls[status] &+= 1
    }

    /// Adds to an agent's tally; `agent` is an index in `labels.agents`.
    package func add(_ number: Int = 1, to tally: AgentTally, agent: Int) {
        guard agent >= 0 && agent < agentCount else { return }
        agents[agent &* Self.agentTallies &+ tally.rawValue] &+= number
    }

    /// A copy of everything, to be summed with those of the other loops.
    package func snapshot() -> Snapshot {
        var snapshot = Snapshot(labels: labels)
        snapshot.layers = cache.layers
        snapshot.refusals = cache.refused
        snapshot.auth = auth.counts
        snapshot.calls = calls
        for tally in Tally.allCases { snapshot.tallies[tally.rawValue] = tallies[tally.rawValue] }
        for kind in 0..<errorCount { snapshot.errors[kind] = errors[kind] }
        for slot in 0..<(agentCount * Self.agentTallies) { snapshot.agents[slot] = agents[slot] }
        for route in 0..<routeCount {
            guard let block = routes[route] else { continue }
            snapshot.routes[route] = RouteCount(
                requests: (0..<Self.statusClasses).map { block[$0] },
                buckets: (0...boundCount).map { block[Self.statusClasses + $0] },
                nanoseconds: block[blockSize - 1])
        }
        return snapshot
    }

    /// Sums over all routes but some.
    package struct Totals: Sendable {
        package var requests = 0
        /// Answers of 5xx, and refusals of the proxy itself.
        package var failures = 0
        /// The sum of all durations.
        package var nanoseconds = 0
        /// As in `RouteCount`.
        package var buckets: [Int]
    }

    /// What was served in all, at a cost that does not ask for memory a route. `refusals` are indices of error kinds
    /// whose answers are of 4xx and yet count as failures.
    package func totals(without left: Set<Int>, refusals: [Int]) -> Totals {
        var totals = Totals(buckets: Array(repeating: 0, count: boundCount + 1))
        for route in 0..<routeCount {
            guard let block = routes[route], !left.contains(route) else { continue }
            for status in StatusClass.allCases { totals.requests &+= block[status.rawValue] }
            totals.failures &+= block[StatusClass.serverError.rawValue]
            totals.nanoseconds &+= block[blockSize - 1]
            for bucket in 0...boundCount { totals.buckets[bucket] &+= block[Self.statusClasses + bucket] }
        }
        for kind in refusals where kind >= 0 && kind < errorCount { totals.failures &+= errors[kind] }
        return totals
    }

    /// What rates are made of. Asks for memory twice, however many routes there are.
    package func figures() -> TrafficFigures {
        var figures = TrafficFigures()
        figures.connectionsRefused = self[.connectionsRefused]
        figures.errors = (0..<errorCount).map { errors[$0] }
        for route in 0..<routeCount {
            guard let block = routes[route] else { continue }
            for status in 0..<Self.statusClasses { figures.requests &+= block[status] }
        }
        for agent in 0..<agentCount {
            for tally in 0..<Self.agentTallies {
                figures.attempts[tally] &+= agents[agent &* Self.agentTallies &+ tally]
            }
        }
        return figures
    }

    private func block(of route: Int) -> UnsafeMutablePointer<Int> {
        let slot = route >= 0 && route < routeCount ? route : CounterLabels.unmatched
        if let block = routes[slot] { return block }
        let block = Self.zeroed(blockSize)
        routes[slot] = block
        return block
    }

    private static func zeroed(_ count: Int) -> UnsafeMutablePointer<Int> {
        let memory = UnsafeMutablePointer<Int>.allocate(capacity: max(count, 1))
        memory.initialize(repeating: 0, count: max(count, 1))
        return memory
    }
}
