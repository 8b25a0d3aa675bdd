internal import Balancer
internal import Settings
internal import Synchronization
internal import Telemetry

/// The queues of all pools in the process, and which of them somebody waits in.
///
/// A place belongs to an agent, and an agent to several pools: itself, its tags, named ones, all. So whoever gives a place
/// back asks here who is to have it. While nobody waits anywhere, that is one load.
///
/// Nobody is forgotten: who enters an empty queue is listed first and picks once more after that, and who gives a place
/// back does so before it looks whether anybody is listed, both in one order that all threads agree on.
final class PoolQueues: Sendable {
    private struct State {
        var priorities: TaskPriorities
        var queues: [String: PoolQueue] = [:]
        /// Those that somebody waits in.
        var listed: [PoolQueue] = []
    }

    private let listed = Atomic<Int>(0)
    private let state: Mutex<State>

    init(_ settings: GatewaySettings) {
        state = Mutex(State(priorities: TaskPriorities(settings.taskPriority)))
    }

    /// Nobody waits anywhere.
    @inline(__always)
    var isQuiet: Bool { listed.load(ordering: .sequentiallyConsistent) == 0 }

    /// Who has which level, by the generation that runs.
    var priorities: TaskPriorities { state.withLock { $0.priorities } }

    /// The queue of a pool. It stays the same for all pools of one name.
    func queue(of pool: Pool) -> PoolQueue {
        state.withLock { state in
            if let known = state.queues[pool.name] { return known }
            let made = PoolQueue(pool, state.priorities, self)
            state.queues[pool.name] = made
            return made
        }
    }

    /// The queue of a pool that has been asked by now; nil where none was needed yet.
    func queue(named name: String) -> PoolQueue? { state.withLock { $0.queues[name] } }

    /// Goes by another generation: queues of pools that are no more go with the last one who waits in them.
    func adopt(_ generation: Generation) {
        let priorities = TaskPriorities(generation.settings.taskPriority)
        let queues = state.withLock { state in
            state.priorities = priorities
            return Array(state.queues.values)
        }
        for queue in queues {
            let pool = generation.fleet.pool(listed: queue.name)
            queue.adopt(pool, priorities)
            if pool == nil, queue.isEmpty { state.withLock { $0.queues[queue.name] = nil } }
        }
    }

    /// A place with an agent came free. It goes to the most urgent of those who wait for it, whatever pool they came by.
    ///
    /// - Parameter own: of the pool by which the place was taken.
    func placeFreed(_ agent: AgentState, own: PoolQueue) {
        let listed = state.withLock { $0.listed }
        if listed.count == 1, listed[0] === own {
            _ = own.placeFreed()
            return
        }
        var waiting: [(queue: PoolQueue, front: WaitingQueue.Front)] = []
        for queue in listed where queue === own || queue.serves(agent) {
            if let front = queue.front { waiting.append((queue, front)) }
        }
        waiting.sort { $0.front < $1.front }
        for (queue, _) in waiting where queue.placeFreed() { return }
        // nobody waits; somebody of its own may yet come back without the place it was promised
        _ = own.placeFreed()
    }

    /// To be called ten times a second.
    func tick(_ now: Int64) {
        for queue in state.withLock({ $0.listed }) { queue.tick(now) }
    }

    /// Somebody waits in a queue now, or nobody any more. The caller holds the queue's lock.
    func list(_ queue: PoolQueue, _ isListed: Bool) {
        state.withLock { state in
            if isListed {
                state.listed.append(queue)
            } else {
                state.listed.removeAll { $0 === queue }
            }
            listed.store(state.listed.count, ordering: .sequentiallyConsistent)
        }
        // before the look at places that follows
        atomicMemoryFence(ordering: .sequentiallyConsistent)
    }

    var gauges: [QueueGauge] {
        state.withLock { Array($0.queues.values) }.sorted { $0.name < $1.name }.map(\.gauge)
    }
}
