/// The names behind the indices that counters and access lines use, and the borders of the duration histogram.
///
/// A name keeps its index for the life of the process: a new generation only appends. So a stream that outlives a
/// change still counts under the route and the agent it started with, and no counter ever goes back. The owner of
/// the runtime keeps the one changing copy; each loop adopts a copy of it with a generation.
package struct CounterLabels: Sendable {
    /// The route of a request that no rule took, or that was refused before routing.
    package static let unmatched = 0
    /// Where the names end: further ones count under the last index, called `(more)`. Memory of a loop stays bounded
    /// however often a configuration with generated names is reloaded.
    package static let maxNames = 65_536

    package private(set) var routes: [String] = ["-"]
    package private(set) var agents: [String] = []
    /// Layers of the cache.
    package private(set) var layers: [String] = []
    /// Causes of answers that the proxy made itself; fixed at start.
    package let errorKinds: [String]
    /// Why answers are not kept; fixed at start.
    package let refusals: [String]
    /// Kinds of credentials, and what becomes of them; fixed at start.
    package let authKinds: [String]
    package let authResults: [String]
    /// Upper borders of the histogram's buckets, in seconds, ascending. What is above the last is in `+Inf`.
    package let bucketSeconds: [Double]
    /// The same borders in nanoseconds.
    package let bucketNanoseconds: [Int64]

    private var routeIndex: [String: Int] = ["-": 0]
    private var agentIndex: [String: Int] = [:]
    private var layerIndex: [String: Int] = [:]

    package init(
        errorKinds: [String], refusals: [String] = [], authKinds: [String] = [], authResults: [String] = [],
        buckets: [Double] = CounterLabels.defaultBuckets
    ) {
        self.errorKinds = errorKinds
        self.refusals = refusals
        self.authKinds = authKinds
        self.authResults = authResults
        bucketSeconds = buckets
        bucketNanoseconds = buckets.map { Int64(min(max($0, 0) * 1e9, 9e18)) }
    }

    /// The index of a route's name, given to it now if it has none.
    package mutating func route(_ name: String) -> Int {
        Self.index(of: name, in: &routes, &routeIndex)
    }

    /// The index of an agent's id, given to it now if it has none.
    package mutating func agent(_ id: String) -> Int {
        Self.index(of: id, in: &agents, &agentIndex)
    }

    /// The index of a cache layer's name, given to it now if it has none.
    package mutating func layer(_ name: String) -> Int {
        Self.index(of: name, in: &layers, &layerIndex)
    }

    /// How many there are of all kinds: of two, the one with more is the later one.
    var names: Int { routes.count + agents.count + layers.count }

    private static func index(of name: String, in names: inout [String], _ known: inout [String: Int]) -> Int {
        if let index = known[name] { return index }
        if names.count >= maxNames { return names.count - 1 }
        names.append(names.count == maxNames - 1 ? "(more)" : name)
        known[name] = names.count - 1
        return names.count - 1
    }

    /// Seconds. An answer of a model may stream for minutes, so the borders go up to five of them.
    package static let defaultBuckets: [Double] = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300,
    ]
}
