internal import Balancer
internal import Routing
internal import Settings

/// The pools of a rule in the order in which they are asked, and how each agent of them stands.
struct ExplainedPools {
    /// Candidates that are told of in a pool; more are counted.
    static let mostCandidates = 200

    private struct Row {
        /// As the rule spells it; `*` for every agent.
        var named: String
        var isFallback: Bool
        /// Of the requests that the splits give it.
        var share: Double?
        /// What the request may have of it; nil: nobody bears the name, or none of them is left.
        var pool: Pool?
        /// There are agents of the name, and the body asks for others.
        var isEmptied: Bool
        var standing: PoolStanding?
        var isReached: Bool
    }

    private let rule: Rule
    private let now: Int64
    private var rows: [Row] = []
    /// Why nobody at all would be asked.
    private(set) var refusal: Refusal?

    /// - Parameter filters: which agents the request leaves of each pool, one after the other.
    init(_ rule: Rule, _ fleet: Fleet, _ now: Int64, _ filters: [AgentFilter] = []) {
        self.rule = rule
        self.now = now
        let weights = rule.target.splits.weights
        let total = weights.reduce(0, +)
        // those that do not seem to serve are asked where nobody else of them all is left
        let only = rule.target.names.count > 1 ? nil : fleet.pool(of: rule.target.names.first)
        func narrowed(_ pool: Pool) -> Pool? {
            filters.reduce(pool) { pool, filter in pool.flatMap { fleet.pool($0, narrowedTo: [filter]) } }
        }
        let hasFallbacks = rule.fallback.contains { name in
            fleet.pool(of: name).map { $0 !== only && narrowed($0) != nil } ?? false
        }
        func row(_ name: TargetName?, share: Double?, isFallback: Bool, isReached: Bool) -> Row {
            let whole = fleet.pool(of: name)
            let pool = whole.flatMap(narrowed)
            return Row(
                named: name?.spelling ?? "*", isFallback: isFallback, share: share, pool: pool,
                isEmptied: whole != nil && pool == nil, standing: pool?.standing(now, allowsPanic: !hasFallbacks),
                isReached: isReached)
        }
        if rule.target.names.isEmpty { rows.append(row(nil, share: nil, isFallback: false, isReached: true)) }
        for (name, weight) in zip(rule.target.names, weights) {
            let share = weights.count > 1 && total > 0 ? Double(weight) / Double(total) : nil
            rows.append(row(name, share: share, isFallback: false, isReached: share != 0))
        }
        // a name that nobody bears: the first that somebody bears is asked in its place
        if rows.contains(where: { $0.isReached && $0.pool == nil }),
            let next = rows.firstIndex(where: { $0.pool != nil })
        {
            rows[next].isReached = true
        }
        // a request that drew a pool with nobody goes on to the fallbacks, one after the other
        var isNeeded =
            rows.contains { $0.isReached && $0.standing?.refusal != nil }
            || !rows.contains { $0.pool != nil }
        for name in rule.fallback {
            let fallback = row(name, share: nil, isFallback: true, isReached: isNeeded)
            rows.append(fallback)
            if fallback.pool != nil { isNeeded = isNeeded && fallback.standing?.refusal != nil }
        }
        if hasFallbacks { panic() }
        let reached = rows.filter(\.isReached)
        if !reached.contains(where: { $0.pool != nil && $0.standing?.refusal == nil }) {
            refusal = reached.compactMap { $0.standing?.refusal }.last ?? .noAgents
        }
    }

    /// Nobody of the fallbacks is available either, and nobody is waited for: the pools are asked once more, those that do
    /// not seem to serve included.
    private mutating func panic() {
        let fallbacks = rows.indices.filter { rows[$0].isFallback && rows[$0].pool != nil }
        guard fallbacks.allSatisfy({ rows[$0].standing?.refusal.map { $0 != .allBusy } ?? false }) else { return }
        var isNeeded = !rows.contains { !$0.isFallback && $0.pool != nil }
        for index in rows.indices where !rows[index].isFallback && rows[index].isReached {
            guard let refusal = rows[index].standing?.refusal, refusal != .allBusy else { continue }
            rows[index].standing = rows[index].pool?.standing(now)
            isNeeded = isNeeded || rows[index].standing?.refusal != nil
        }
        for index in fallbacks where isNeeded && rows[index].isReached {
            rows[index].standing = rows[index].pool?.standing(now)
            isNeeded = rows[index].standing?.refusal != nil
        }
    }

    private var first: Row? { rows.first { $0.isReached && $0.pool != nil } }

    /// The pool that is asked first, as far as that can be told.
    var pool: Pool? { first?.pool }

    /// Whether some pool could serve, had one of its agents a place.
    var isBusy: Bool { rows.contains { $0.isReached && $0.standing?.refusal == .allBusy } }

    /// What the agents of the first pool are.
    var kinds: [String] {
        guard let pool = first?.pool else { return [] }
        return Set(pool.agents.indices.map { pool.kind(of: $0).rawValue }).sorted()
    }

    /// Every agent that may be asked is of kind `llm`.
    func isForModels(_ plan: Plan) -> Bool {
        plan.kind.map { $0 == .llm } ?? (!kinds.isEmpty && kinds.allSatisfy { $0 == AgentKind.llm.rawValue })
    }

    var strategy: Node { first.flatMap { $0.pool.map(Self.strategy) } ?? .null }

    private static func strategy(_ pool: Pool) -> Node {
        .object([
            ("configured", .string(pool.strategy.rawValue)), ("used", .string(pool.strategy.strategy.name)),
            ("meaning", .string(pool.strategy.strategy.meaning)),
        ])
    }

    var node: Node {
        let weights = rule.target.splits.weights
        let splits: [Node] =
            weights.count < 2
            ? []
            : zip(rule.target.names, weights).enumerated().map { index, split in
                .object([
                    ("target", .string(split.0.spelling)), ("weight", .int(split.1)),
                    ("share", Self.share(rows[index].share)),
                ])
            }
        return .object([
            ("names", .strings(rule.target.names.map(\.spelling))), ("splits", .list(splits)),
            ("fallback", .strings(rule.fallback.map(\.spelling))), ("pools", .list(rows.map(self.row))),
        ])
    }

    private static func share(_ share: Double?) -> Node {
        share.map { .double(($0 * 10_000).rounded() / 10_000) } ?? .null
    }

    private func row(_ row: Row) -> Node {
        let candidates = row.standing?.agents ?? []
        let shown = candidates.indices.prefix(Self.mostCandidates).map { candidate($0, row) }
        return .object([
            ("pool", .text(row.pool?.name)), ("named", .string(row.named)),
            ("role", .string(row.isFallback ? "fallback" : "target")), ("share", Self.share(row.share)),
            ("reached", .flag(row.isReached)), ("strategy", row.pool.map(Self.strategy) ?? .null),
            ("refusal", .text(Self.words(row))), ("candidates", .list(shown)),
            ("more", .int(candidates.count - shown.count)),
        ])
    }

    private static func words(_ row: Row) -> String? {
        if row.isEmptied { return "none of its agents is one that the body asks for" }
        guard row.pool != nil else { return "no agent, pool or tag of this name" }
        return switch row.standing?.refusal {
        case nil: nil
        case .noAgents: "no agent in it has a weight above 0"
        case .allBusy: "every agent that could serve is at its maxConcurrent"
        case .allUnavailable, .allTried: "every agent is down, drained or ejected"
        }
    }

    // MARK: agents

    private func candidate(_ index: Int, _ row: Row) -> Node {
        guard let pool = row.pool, let standing = row.standing else { return .null }
        let one = standing.agents[index]
        let agent = one.agent
        return .object([
            ("id", .string(agent.id)), ("endpoint", .string(agent.endpoint.spelling)),
            ("kind", .string(pool.kind(of: index).rawValue)), ("weight", .int(agent.weight)),
            ("state", .string(one.state.rawValue)), ("why", .text(why(one, pool, standing))),
            ("seconds", seconds(one)), ("inFlight", .int(agent.state.inFlight)), ("cap", .int(agent.cap)),
            ("asked", .flag(row.isReached && one.isAsked)),
        ])
    }

    private func why(_ one: Standing, _ pool: Pool, _ standing: PoolStanding) -> String? {
        let state = one.agent.state
        switch one.state {
        case .available:
            guard let failure = state.checks.failure else { return nil }
            return "its last health check failed: \(failure)"
        case .busy:
            guard let index = pool.agents.firstIndex(where: { $0 === one.agent }), !pool.limits.isEmpty else {
                return "maxConcurrent (\(one.agent.cap)) is reached"
            }
            let limit = pool.limits[index].limit
            return one.agent.cap > 0 && one.agent.cap < limit
                ? "maxConcurrent (\(one.agent.cap)) is reached" : "its adaptive limit (\(limit)) is reached"
        case .down:
            return "its health checks fail: \(state.checks.failure ?? "no answer")"
                + (state.checks.hasPassed ? "" : "; it has never passed one")
        case .drained: return "an operator took it out"
        case .weightless: return "its weight is 0"
        case .aside:
            return "it asked to be left alone (Retry-After)"
                + (one.isAsked ? "; asked all the same, for too few are left" : "")
        case .leaving:
            return "it said that it restarts; new sessions go elsewhere, its own wait for it"
                + (one.isAsked ? "; asked all the same, for too few are left" : "")
        case .probing: return "its breaker was open; the next request that can be repeated finds out whether it is back"
        case .ejected:
            let fails = state.consecutiveFailures
            let isRow = pool.breaker.maxFails > 0 && fails >= pool.breaker.maxFails
            let failures = isRow ? "it failed \(fails) times in a row" : "too many of its answers were errors"
            guard one.isAsked else { return failures }
            return failures
                + (standing.isPanic
                    ? "; asked all the same, for too few are left"
                    : "; asked all the same: no more than circuitBreaker.maxEjected of a pool are set aside at once")
        }
    }

    /// How long an ejection lasts yet, or how long checks have failed.
    private func seconds(_ one: Standing) -> Node {
        let state = one.agent.state
        switch one.state {
        case .ejected: return .int(max(0, (state.openUntil - now) / 1_000_000_000))
        case .leaving: return .int(max(0, (state.leavingUntil - now) / 1_000_000_000))
        case .aside: return .int(max(0, (state.asideUntil - now) / 1_000_000_000))
        case .down where state.checks.failure != nil:
            return .int(max(0, (now - state.checks.failingSince) / 1_000_000_000))
        default: return .null
        }
    }
}
