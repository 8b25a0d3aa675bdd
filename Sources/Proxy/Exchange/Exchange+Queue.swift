internal import Access
internal import Balancer
internal import NIOCore
internal import Routing
internal import Settings
internal import Wire

/// Waiting for a place, where every agent that could serve is at its cap.
///
/// An exchange waits before its first attempt alone: it holds no place then, and nothing of it was sent. A promise of the
/// queue leads back to `balance`; until that has picked, newcomers stay away from what was promised (`mayPick`).
extension Exchange {
    /// Whether this exchange may pick among the agents of a pool now. Not while others of its level wait for them, or more
    /// urgent ones: it would take the place that they were promised.
    @inline(__always)
    func mayPick(_ target: LoopTarget) -> Bool { loop.process.queues.isQuiet || mayPickBeside(target.queue) }

    private func mayPickBeside(_ queue: PoolQueue) -> Bool { waiter?.queue === queue || queue.admits(taskLevel()) }

    /// It has a place: with an agent of the pool whose queue promised it one, or elsewhere.
    @inline(__always)
    func hasPlace(_ target: LoopTarget) {
        if waiter != nil { endWait(target) }
    }

    private func endWait(_ target: LoopTarget) {
        guard let waiter else { return }
        self.waiter = nil
        if waiter.queue === target.queue { waiter.queue.took(waiter, loop.now) } else { waiter.queue.leave(waiter) }
    }

    /// Whoever waits for a place with this agent is to know that one came free.
    @inline(__always)
    func placeFreed(_ target: LoopTarget, _ agent: Int) {
        if !loop.process.queues.isQuiet {
            loop.process.queues.placeFreed(target.pool.pool.agents[agent].state, own: target.queue)
        }
    }

    /// Enters the queue of a pool of which every agent is busy, or goes back to its place in it. True: the exchange waits,
    /// or has been answered; false: this pool has no queue.
    func enqueue(_ target: LoopTarget) -> Bool {
        if let waiter {
            if waiter.queue === target.queue {
                phase = .queued
                waiter.queue.missed(waiter)
                return true
            }
            self.waiter = nil
            waiter.queue.leave(waiter)
        }
        let waiter = Waiter(self, target)
        switch target.queue.enter(waiter, taskLevel(), client: fairnessKey, loop.now) {
        case .disabled: return false
        case .refused(let reason, let seconds): fail(Failure.queue(reason, target, retryAfter: seconds))
        case .waits:
            self.waiter = waiter
            self.target = target
            phase = .queued
            downstream?.wantRequestBody(false)
        }
        return true
    }

    /// What the queue says, in a turn of the loop of its own.
    func hear(_ news: Waiter.News) {
        guard phase == .queued, let waiter, let plan else { return }
        switch news {
        case .promised:
            phase = .gathering
            // the pool as the configuration has it now, which may have changed meanwhile
            target = loop.runtime.target(listed: waiter.queue.name) ?? waiter.target
            balance(plan)
        case .refused(let reason, let seconds):
            self.waiter = nil
            fail(Failure.queue(reason, waiter.target, retryAfter: seconds))
        }
    }

    /// The exchange ends, however: its place in the queue, or what it was promised, is the next one's.
    @inline(__always)
    func leaveQueue() {
        if let waiter {
            self.waiter = nil
            waiter.queue.leave(waiter)
        }
    }

    // MARK: who it is

    /// How urgent it is: as a trusted peer says, else its rule, else its path; nil where nothing does.
    func taskLevel() -> TaskLevel? {
        let isTrusted = client?.isTrusted ?? false
        let rule = plan?.rule?.task
        return loop.process.queues.priorities.level(
            source: isTrusted ? head.first(.taskSource) : nil, rule: (rule?.source?.value, rule?.level?.value),
            path: head.path)?.level
    }

    /// Whose requests share their turns: a tenant's, else those of an address, as a trusted peer saw it where there is one.
    var fairnessKey: UInt64 {
        if let credential { return StableHash.of(credential.tenant) }
        return addressKey
    }
}

extension Failure {
    static func queue(_ reason: QueueRefusal, _ target: LoopTarget, retryAfter seconds: Int) -> Failure {
        let pool = target.pool.pool.name
        var failure: Failure
        switch reason {
        case .full:
            failure = Failure(
                .queueFull, "every agent of '\(pool)' is busy, and as many requests wait as may",
                hint: "retry after \(seconds) s; raise loadBalancing.queue.size or maxConcurrent, or add agents")
        case .pushedOut:
            failure = Failure(
                .queueFull, "every agent of '\(pool)' is busy, and a more urgent request took the place in the queue",
                hint: "retry after \(seconds) s")
        case .timeout:
            failure = Failure(
                .queueTimeout, "no agent of '\(pool)' had a place for as long as requests of this level wait",
                hint: "retry after \(seconds) s; see loadBalancing.queue.waits and taskPriority")
        }
        failure.retryAfter = seconds
        return failure
    }
}
