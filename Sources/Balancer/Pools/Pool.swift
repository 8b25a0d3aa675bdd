internal import Settings
import Synchronization

/// Agents among which a request's agent is chosen. One a generation, unless nothing in it changed.
package final class Pool: Sendable {
    /// As a target names it: `agent-1`, `pool:chat`, `tag:chat`; `*` is the pool of all.
    package let name: String
    /// Of the pool that this is a part of, as requests narrow it; else its own name.
    package let wholeName: String
    /// How many agents that has.
    package let wholeCount: Int
    package let agents: [Agent]
    package let balancing: LoadBalancingSettings
    package let breaker: BreakerPolicy
    package let slowStart: SlowStart
    package let retry: RetryPolicy
    package let hedge: HedgePolicy
    /// Outlives generations, as the agents' states do.
    package let retryBudget: RetryBudget
    let weighing: AdaptiveWeighing
    /// Of the agents, in their order; empty where the pool does not ask for adaptive limits.
    package let limits: [AgentConcurrency]
    private let kind: AgentKind?
    /// What the strategies of its loops look up.
    let table: (any StrategyTable)?
    let changes: Changes

    /// The agents' states must share one `Changes`, as those of a fleet do.
    ///
    /// - Parameters:
    ///   - part: a tenth of the breaker's window, which is the same for all pools; nil: the pool's own.
    ///   - previous: the pool of this name before, whose table is kept where it fits. One takes milliseconds to make.
    package init(
        name: String, agents: [Agent], balancing: LoadBalancingSettings = LoadBalancingSettings(),
        kind: AgentKind? = nil, part: Int64? = nil, retryBudget: RetryBudget = RetryBudget(), previous: Pool? = nil,
        whole: Pool? = nil
    ) {
        self.name = name
        wholeName = whole?.wholeName ?? name
        wholeCount = whole?.wholeCount ?? agents.count
        self.agents = agents
        self.balancing = balancing
        self.kind = kind
        breaker = BreakerPolicy(balancing.circuitBreaker, part: part)
        weighing = AdaptiveWeighing(balancing.adaptive)
        let concurrency = balancing.concurrency
        limits = concurrency.adaptive ? agents.map { $0.state.concurrency(concurrency) } : []
        slowStart = SlowStart(balancing.slowStart, agents: agents.count)
        retry = RetryPolicy(balancing.retry)
        hedge = HedgePolicy(balancing.retry.hedge)
        self.retryBudget = retryBudget
        table = Pool.table(agents, balancing, previous)
        changes = agents.first?.state.changes ?? Changes()
    }

    package var strategy: StrategyName { balancing.strategy }

    private static func table(
        _ agents: [Agent], _ balancing: LoadBalancingSettings, _ previous: Pool?
    ) -> (any StrategyTable)? {
        let isKept = previous?.strategy == balancing.strategy
        if isKept, let table = previous?.table, table.fits(agents) { return table }
        return balancing.strategy.strategy.table(agents, balancing)
    }

    /// What an agent is for a request that comes through this pool: as it says itself, else as the pool says.
    package func kind(of index: Int) -> AgentKind { agents[index].settings.kind ?? kind ?? agents[index].kind }

    func seat(_ index: Int) -> Seat { Seat(agents[index], limit: limits.isEmpty ? nil : limits[index]) }

    // MARK: What becomes of a lease

    /// The client has yet to send some of the request: until `asked`, it is not the agent that takes its time.
    package func heldUp(_ lease: inout Lease) {
        guard lease.isWaiting else { return }
        lease.isWaiting = false
        lease.isHeldUp = true
        agents[lease.agent].state.figurePointer.pointee.noLongerWaiting(lease.asked)
    }

    /// The agent has all of the request now.
    package func asked(_ lease: inout Lease, _ now: Int64) {
        guard lease.isHeldUp else { return }
        lease.isHeldUp = false
        lease.isWaiting = true
        lease.asked = now
        agents[lease.agent].state.figurePointer.pointee.waits(now)
    }

    /// The first byte of the answer has come. `isError`: its status already says that the attempt has failed.
    @inline(__always)
    package func answered(_ lease: inout Lease, _ now: Int64, isError: Bool = false) {
        if lease.isProbe, !isError {
            // not at the end, which for a stream or a tunnel may be hours away
            lease.isProbe = false
            agents[lease.agent].state.probeAnswered(now, breaker)
        }
        // before it had all of the request: tells nothing of how long it takes
        lease.isHeldUp = false
        guard lease.isWaiting else { return }
        lease.isWaiting = false
        let figures = agents[lease.agent].state.figurePointer
        figures.pointee.answered(
            now, began: lease.asked, others: Int(lease.others), isError: isError, fade: weighing.fade)
        if !limits.isEmpty, !isError {
            limits[lease.agent].answered(
                started: lease.asked, inFlight: Int(lease.others) + 1, now: now, balancing.concurrency)
        }
    }

    /// The attempt is over: counts how, and gives the place back. Once a lease.
    ///
    /// - Parameter retryAfter: nanoseconds for which the agent asked to be left alone; nil where it did not.
    package func ended(_ lease: Lease, _ outcome: Outcome, _ now: Int64, retryAfter: Int64? = nil) {
        let state = agents[lease.agent].state
        let figures = state.figurePointer
        if lease.isWaiting { figures.pointee.noLongerWaiting(lease.asked) }
        if outcome == .success { figures.pointee.completed(now, began: lease.started) }
        if lease.tokens > 0 { figures.pointee.tokens.wrappingSubtract(Int(lease.tokens), ordering: .relaxed) }
        state.record(
            outcome, began: lease.started, now: now, isProbe: lease.isProbe, retryAfter: retryAfter, breaker)
        if outcome == .overloaded, !limits.isEmpty { limits[lease.agent].refused(now: now) }
        state.release()
    }

    /// The agent is full: whoever comes next finds out whether it is back.
    func giveBackProbe(_ index: Int, _ now: Int64) {
        agents[index].state.record(.cancelled, began: now, now: now, isProbe: true, breaker)
    }

    /// Some of its agents as a pool of their own, or the one that was, where nothing changed.
    func narrowed(_ name: String, _ agents: [Agent], part: Int64, kept: Pool?) -> Pool {
        let pool = Pool(
            name: name, agents: agents, balancing: balancing, kind: kind, part: part,
            retryBudget: kept?.retryBudget ?? RetryBudget(), previous: kept, whole: self)
        if let kept, kept.isSame(as: pool) { return kept }
        return pool
    }

    /// Whether nothing tells the two apart, so that loops may keep what they have for this one.
    func isSame(as other: Pool) -> Bool {
        name == other.name && wholeCount == other.wholeCount && balancing == other.balancing && breaker == other.breaker && kind == other.kind
            && agents.elementsEqual(other.agents, by: ===)
    }
}
