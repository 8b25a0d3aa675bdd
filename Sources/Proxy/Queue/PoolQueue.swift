internal import Balancer
internal import Settings
internal import Synchronization
internal import Telemetry

/// The queue of one pool, for all loops: a `WaitingQueue` behind a lock, and those who wait in it. By name, so that it
/// outlives generations.
final class PoolQueue: Sendable {
    enum Answer { case waits, refused(QueueRefusal, retryAfter: Int), disabled }

    fileprivate struct Inside: Sendable {
        var pool: Pool
        var machine: WaitingQueue
        var waiters: [WaitingQueue.Ticket: Waiter] = [:]
        var isListed = false
        /// The states of the pool's agents; made when it is first asked for.
        var members: Set<ObjectIdentifier>?
        /// To be told once the lock is free.
        var news: [(Waiter, Waiter.News)] = []
    }

    let name: String
    private unowned let all: PoolQueues
    /// `WaitingQueue.gate`, and the number of the level that a request has of which nothing else says it.
    private let gate = Atomic<Int>(.max)
    private let usual: Atomic<Int>
    private let inside: Mutex<Inside>

    init(_ pool: Pool, _ priorities: TaskPriorities, _ all: PoolQueues) {
        let rules = QueueRules(pool.balancing.queue, priorities)
        name = pool.name
        self.all = all
        usual = Atomic(rules.levels[rules.usual].number)
        inside = Mutex(Inside(pool: pool, machine: WaitingQueue(rules)))
    }

    // MARK: on the path of a request

    /// Whether a request of this level may pick without waiting: it is more urgent than all that are here.
    func admits(_ level: TaskLevel?) -> Bool {
        (level?.number ?? usual.load(ordering: .relaxed)) < gate.load(ordering: .relaxed)
    }

    /// A request that found every agent busy. What becomes of it comes as news.
    func enter(_ waiter: Waiter, _ level: TaskLevel?, client: UInt64, _ now: Int64) -> Answer {
        change { inside in
            guard inside.machine.rules.isEnabled else { return .disabled }
            switch inside.machine.enter(level, client: client, now: now) {
            case .waiting(let ticket):
                inside.add(waiter, ticket)
            case .promised(let ticket):
                inside.add(waiter, ticket)
                inside.promised(ticket)
            case .pushesOut(let ticket, let victim):
                inside.add(waiter, ticket)
                inside.remove(victim, .pushedOut, inside.machine.retryAfter(inside.machine.rules.usual, now))
            case .refused(let reason, let seconds):
                return .refused(reason, retryAfter: seconds)
            }
            return .waits
        }
    }

    /// It has the place that was promised.
    func took(_ waiter: Waiter, _ now: Int64) {
        change { inside in
            inside.waiters[waiter.ticket] = nil
            inside.promised(inside.machine.took(waiter.ticket, now: now))
        }
    }

    /// It found no place, and waits again.
    func missed(_ waiter: Waiter) {
        change { inside in inside.promised(inside.machine.missed(waiter.ticket)) }
    }

    /// It does not want a place any more.
    func leave(_ waiter: Waiter) {
        change { inside in
            inside.waiters[waiter.ticket] = nil
            inside.promised(inside.machine.leave(waiter.ticket))
        }
    }

    // MARK: from elsewhere

    /// A place with one of the pool's agents came free. True: somebody is told.
    func placeFreed() -> Bool {
        change { inside in
            let ticket = inside.machine.placeFreed()
            inside.promised(ticket)
            return ticket != nil
        }
    }

    /// Those that have waited too long are told, and one of the others looks for places that nobody told of.
    func tick(_ now: Int64) {
        change { inside in
            for (ticket, seconds) in inside.machine.expired(now) { inside.remove(ticket, .timeout, seconds) }
            inside.promised(inside.machine.look())
        }
    }

    /// Of who is next; nil where nobody waits.
    var front: WaitingQueue.Front? { inside.withLock { $0.machine.front } }

    /// Whether the agent is of the pool.
    func serves(_ state: AgentState) -> Bool {
        inside.withLock { inside in
            if inside.members == nil { inside.members = Set(inside.pool.agents.map { ObjectIdentifier($0.state) }) }
            return inside.members?.contains(ObjectIdentifier(state)) ?? false
        }
    }

    /// Goes by another generation. Nobody is lost.
    func adopt(_ pool: Pool?, _ priorities: TaskPriorities) {
        change { inside in
            if let pool {
                inside.pool = pool
                inside.members = nil
            }
            let rules = QueueRules(inside.pool.balancing.queue, priorities)
            inside.machine.adopt(rules)
            usual.store(rules.levels[rules.usual].number, ordering: .relaxed)
        }
    }

    var isEmpty: Bool { inside.withLock { $0.machine.isEmpty } }

    /// How many wait, and how many may.
    var fill: (waiting: Int, size: Int) { inside.withLock { ($0.machine.waiting, $0.machine.rules.size) } }

    /// For the page of metrics.
    var gauge: QueueGauge {
        inside.withLock { inside in
            let machine = inside.machine
            var gauge = QueueGauge(pool: name)
            for (index, level) in machine.rules.levels.enumerated() {
                gauge.waiting.append((level.name, machine.waiting(at: index)))
            }
            gauge.waits = machine.tally.waits.sorted { $0.key < $1.key }.map { level, waits in
                (level, waits.buckets, Int(waits.nanoseconds))
            }
            gauge.refused = QueueRefusal.allCases.map { ($0.rawValue, machine.tally[$0]) }
            return gauge
        }
    }

    // MARK: within

    /// Changes what is inside, and tells everybody what follows from it after the lock is free.
    private func change<Result: Sendable>(_ body: (inout Inside) -> Result) -> Result {
        let (result, news) = inside.withLock { inside in
            let result = body(&inside)
            // who may not enter is not kept out: those who wait are served before long
            let number = inside.machine.rules.isEnabled ? inside.machine.gate : .max
            if gate.load(ordering: .relaxed) != number { gate.store(number, ordering: .relaxed) }
            let isListed = !inside.machine.isEmpty
            if isListed != inside.isListed {
                inside.isListed = isListed
                all.list(self, isListed)
            }
            let news = inside.news
            inside.news = []
            return (result, news)
        }
        for (waiter, one) in news { waiter.tell(one) }
        return result
    }
}

extension PoolQueue.Inside {
    fileprivate mutating func add(_ waiter: Waiter, _ ticket: WaitingQueue.Ticket) {
        waiter.ticket = ticket
        waiters[ticket] = waiter
    }

    fileprivate mutating func promised(_ ticket: WaitingQueue.Ticket?) {
        if let ticket, let waiter = waiters[ticket] { news.append((waiter, .promised)) }
    }

    fileprivate mutating func remove(_ ticket: WaitingQueue.Ticket, _ reason: QueueRefusal, _ seconds: Int) {
        if let waiter = waiters.removeValue(forKey: ticket) {
            news.append((waiter, .refused(reason, retryAfter: seconds)))
        }
    }
}
