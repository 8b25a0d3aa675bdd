/// A copy of what one loop has counted, or the sum over several loops.
package struct Snapshot: Sendable {
    package private(set) var labels: CounterLabels
    /// By `Tally.rawValue`.
    package internal(set) var tallies: [Int]
    /// By the index of the error kind.
    package internal(set) var errors: [Int]
    /// By the agent's index times the number of `AgentTally` cases, plus the case.
    package internal(set) var agents: [Int]
    /// By the route's index; nil where no request has been counted.
    package internal(set) var routes: [RouteCount?]
    /// By the index of the cache's layer.
    package internal(set) var layers: [LayerCount] = []
    /// Answers that were not kept, by the index of the reason.
    package internal(set) var refusals: [Int] = []
    /// Of credentials, by kind and result as `AuthCounters` has them.
    package internal(set) var auth: [Int] = []
    /// Calls of gRPC that ended, by status.
    package internal(set) var calls: [Int] = []
    /// Requests that are open, by the generation of the configuration under which they began.
    package var generations: [Int: Int] = [:]

    package init(labels: CounterLabels) {
        self.labels = labels
        tallies = Array(repeating: 0, count: Tally.allCases.count)
        errors = Array(repeating: 0, count: labels.errorKinds.count)
        agents = Array(repeating: 0, count: labels.agents.count * AgentTally.allCases.count)
        routes = Array(repeating: nil, count: labels.routes.count)
    }

    package subscript(tally: Tally) -> Int { tallies[tally.rawValue] }

    package subscript(agent: Int, tally: AgentTally) -> Int {
        let slot = agent * AgentTally.allCases.count + tally.rawValue
        return agent >= 0 && slot < agents.count ? agents[slot] : 0
    }

    /// Requests over all routes and statuses.
    package var requests: Int { routes.reduce(0) { $0 + ($1?.total ?? 0) } }

    /// Adds another loop's snapshot. One of the two may know more names: names only append, so indices agree.
    package static func += (sum: inout Snapshot, other: Snapshot) {
        if other.labels.names > sum.labels.names { sum.labels = other.labels }
        add(other.tallies, to: &sum.tallies)
        add(other.errors, to: &sum.errors)
        add(other.agents, to: &sum.agents)
        add(other.refusals, to: &sum.refusals)
        add(other.auth, to: &sum.auth)
        add(other.calls, to: &sum.calls)
        for (index, count) in other.layers.enumerated() {
            if sum.layers.count == index { sum.layers.append(count) } else { sum.layers[index] += count }
        }
        sum.generations.merge(other.generations, uniquingKeysWith: +)
        if sum.routes.count < other.routes.count {
            sum.routes += Array(repeating: nil, count: other.routes.count - sum.routes.count)
        }
        for (index, count) in other.routes.enumerated() {
            guard let count else { continue }
            if sum.routes[index] == nil { sum.routes[index] = count } else { sum.routes[index]? += count }
        }
    }

    fileprivate static func add(_ numbers: [Int], to sums: inout [Int]) {
        if sums.count < numbers.count { sums += Array(repeating: 0, count: numbers.count - sums.count) }
        for (index, number) in numbers.enumerated() { sums[index] &+= number }
    }
}

/// What was counted for one route.
package struct RouteCount: Sendable, Equatable {
    /// By `StatusClass.rawValue`.
    package internal(set) var requests: [Int]
    /// Requests in each bucket alone (not cumulated); the last one is above every border.
    package internal(set) var buckets: [Int]
    /// The sum of all durations.
    package internal(set) var nanoseconds: Int

    package var total: Int { requests.reduce(0, +) }

    package static func += (sum: inout RouteCount, other: RouteCount) {
        Snapshot.add(other.requests, to: &sum.requests)
        Snapshot.add(other.buckets, to: &sum.buckets)
        sum.nanoseconds &+= other.nanoseconds
    }
}
