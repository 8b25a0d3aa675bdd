import Balancer
import Settings
import Testing

/// `levels` are those of a configuration that says nothing: critical 0, high 1, normal 2, low 3, background 4.
func queue(
    size: Int = 1000, _ changePriorities: (inout TaskPrioritySettings) -> Void = { _ in },
    _ changeQueue: (inout QueueSettings) -> Void = { _ in }
) -> (queue: WaitingQueue, levels: [String: TaskLevel]) {
    let (rules, levels) = queueRules(size: size, changePriorities, changeQueue)
    return (WaitingQueue(rules), levels)
}

func queueRules(
    size: Int = 1000, _ changePriorities: (inout TaskPrioritySettings) -> Void = { _ in },
    _ changeQueue: (inout QueueSettings) -> Void = { _ in }
) -> (rules: QueueRules, levels: [String: TaskLevel]) {
    var settings = QueueSettings()
    settings.size = size
    changeQueue(&settings)
    var task = TaskPrioritySettings()
    changePriorities(&task)
    let priorities = TaskPriorities(task)
    let levels = Dictionary(uniqueKeysWithValues: priorities.levels.map { ($0.name, $0) })
    return (QueueRules(settings, priorities), levels)
}

extension WaitingQueue.Entry {
    var ticket: WaitingQueue.Ticket {
        switch self {
        case .waiting(let ticket), .promised(let ticket), .pushesOut(let ticket, _): ticket
        case .refused: 0
        }
    }
}

@Suite("the queue of a pool")
struct QueueTests {
    /// Requests by level and client in the order in which they come, and in which they are served: one character a
    /// level (c, h, n, l, b) and one a client.
    @Test(
        "serves by level, in rounds of clients, in the order of arrival",
        arguments: [
            ("n1 n2 n3", "n1 n2 n3"),
            ("b1 l1 n1 h1 c1", "c1 h1 n1 l1 b1"),
            ("l1 n1 l2 n2", "n1 n2 l1 l2"),
            // A client with many waits between two of its turns for everybody else's.
            ("n1 n1 n1 n2 n3", "n1 n1 n2 n3 n1"),
            ("n1 n1 n1 n1 n2 n2", "n1 n1 n2 n1 n2 n1"),
            // Who was first in one level has no better turn in another.
            ("l1 l1 n1 n2", "n1 n2 l1 l1"),
            // Idle: after everybody.
            ("b1 b2 l1 b3 n1", "n1 l1 b1 b2 b3"),
        ])
    func order(_ come: String, _ served: String) {
        var (queue, levels) = queue()
        // one that has a promise keeps the others waiting
        let first = queue.enter(levels["normal"], client: 99, now: 0).ticket
        var names: [WaitingQueue.Ticket: String] = [:]
        for (index, word) in come.split(separator: " ").enumerated() {
            let level = levels.values.first { $0.name.first == word.first }
            let entry = queue.enter(level, client: UInt64(String(word.last ?? "0")) ?? 0, now: Int64(index))
            #expect(entry == .waiting(entry.ticket))
            names[entry.ticket] = String(word)
        }
        var order: [String] = []
        var next = queue.took(first, now: 100) ?? queue.placeFreed()
        while let ticket = next {
            order.append(names[ticket] ?? "?")
            next = queue.took(ticket, now: 100) ?? queue.placeFreed()
        }
        #expect(order.joined(separator: " ") == served)
        #expect(queue.isEmpty)
    }

    @Test("nearer deadlines come first within a round, and among the requests of one client")
    func deadlines() {
        var (queue, levels) = queue()
        let normal = levels["normal"]
        let holder = queue.enter(normal, client: 99, now: 0).ticket
        let a = queue.enter(normal, client: 1, now: 0, deadline: 9 * second).ticket
        let b = queue.enter(normal, client: 2, now: 0, deadline: 5 * second).ticket
        let c = queue.enter(normal, client: 1, now: 0, deadline: 4 * second).ticket
        let d = queue.enter(normal, client: 3, now: 0, deadline: 7 * second).ticket
        // of client 1 c goes first; a waits for the next round
        #expect(queue.took(holder, now: 0) == c)
        #expect([queue.placeFreed(), queue.placeFreed(), queue.placeFreed()] == [b, d, a])
    }

    @Test("who comes to an empty queue tries at once, once; a success lets the next one try")
    func alone() {
        var (queue, levels) = queue()
        let first = queue.enter(levels["normal"], client: 1, now: 0)
        #expect(first == .promised(first.ticket))
        let second = queue.enter(levels["normal"], client: 2, now: 0)
        #expect(second == .waiting(second.ticket))
        #expect(queue.missed(first.ticket) == nil)
        #expect(queue.waiting == 2 && queue.promised == 0)
        // a place comes free, and another that nobody told of
        #expect(queue.look() == first.ticket)
        #expect(queue.look() == nil, "one guess at a time")
        #expect(queue.took(first.ticket, now: 1) == second.ticket, "there was one, so there may be more")
        #expect(queue.missed(second.ticket) == nil)
        #expect(queue.placeFreed() == second.ticket)
        #expect(queue.took(second.ticket, now: 2) == nil)
        #expect(queue.isEmpty && queue.gate == .max)
    }

    @Test("a place that comes free while everybody who waits has a promise is kept for who misses, or comes")
    func placesLeft() {
        var (queue, levels) = queue()
        let normal = levels["normal"]
        let a = queue.enter(normal, client: 1, now: 0).ticket
        #expect(queue.placeFreed() == nil)
        #expect(queue.missed(a) == a, "a place has come free since it was promised another")
        #expect(queue.placeFreed() == nil)
        let b = queue.enter(normal, client: 2, now: 0)
        #expect(b == .promised(b.ticket))
        #expect(queue.placeFreed() == nil)
        #expect(queue.leave(a) == nil)
        let c = queue.enter(normal, client: 3, now: 0)
        #expect(c == .promised(c.ticket), "a's place and the free one: two promises for two places")
        _ = queue.took(b.ticket, now: 0)
        _ = queue.took(c.ticket, now: 0)
        let d = queue.enter(normal, client: 4, now: 0)
        #expect(d == .promised(d.ticket), "a guess, as at the start")
        #expect(queue.missed(d.ticket) == nil)
    }

    @Test("a promise goes on when its client leaves, and one that missed has its turn again")
    func passingOn() {
        var (queue, levels) = queue()
        let normal = levels["normal"]
        let tickets = (1...4).map { queue.enter(normal, client: UInt64($0), now: Int64($0)).ticket }
        #expect(queue.missed(tickets[0]) == nil)
        #expect(queue.placeFreed() == tickets[0])
        #expect(queue.leave(tickets[0]) == tickets[1])
        #expect(queue.missed(tickets[1]) == nil)
        #expect(queue.leave(tickets[2]) == nil, "it had no promise")
        #expect(queue.placeFreed() == tickets[1], "before the one that came later")
        #expect(queue.placeFreed() == tickets[3])
        #expect(queue.waiting == 0)
    }

    @Test("newcomers of the same or a later level must enter while somebody is here, more urgent ones need not")
    func gate() {
        var (queue, levels) = queue()
        #expect(queue.gate == .max)
        let low = queue.enter(levels["low"], client: 1, now: 0).ticket
        #expect(queue.gate == 3, "a promise is a reservation")
        #expect(queue.missed(low) == nil)
        #expect(queue.gate == 3)
        let high = queue.enter(levels["high"], client: 1, now: 0).ticket
        #expect(queue.gate == 1)
        _ = queue.leave(high)
        #expect(queue.gate == 3)
        _ = queue.leave(low)
        #expect(queue.gate == .max)
    }

    @Test(
        "each level waits as long as it says; critical and background without end",
        arguments: [("critical", nil), ("high", 10), ("normal", 30), ("low", 300), ("background", nil)]
            as [(String, Int64?)])
    func waits(_ name: String, _ seconds: Int64?) {
        var (queue, levels) = queue()
        let ticket = queue.enter(levels[name], client: 1, now: 5).ticket
        #expect(queue.missed(ticket) == nil)
        guard let seconds else {
            #expect(queue.nextDeadline == .max)
            #expect(queue.expired(.max - 1).isEmpty)
            return
        }
        #expect(queue.nextDeadline == 5 + seconds * second)
        #expect(queue.expired(4 + seconds * second).isEmpty)
        #expect(queue.expired(5 + seconds * second).map(\.ticket) == [ticket])
        #expect(queue.isEmpty && queue.tally[.timeout] == 1)
        #expect(queue.missed(ticket) == nil && queue.leave(ticket) == nil, "it is gone")
    }

    @Test("a promise does not expire, and one that comes back too late does")
    func promisesDoNotExpire() {
        var (queue, levels) = queue()
        let ticket = queue.enter(levels["high"], client: 1, now: 0).ticket
        #expect(queue.expired(60 * second).isEmpty)
        #expect(queue.missed(ticket) == nil)
        #expect(queue.expired(60 * second).map(\.ticket) == [ticket])
    }

    @Test("a level that waits 0s is refused at once, one of another name waits as usual")
    func noWait() {
        var (queue, levels) = queue({
            $0.levels["now"] = 9; $0.levels["batch"] = 10
        }) {
            $0.waits["now"] = .limit(.zero)
        }
        guard case .refused(.timeout, _) = queue.enter(levels["now"], client: 1, now: 0) else {
            Issue.record("expected a refusal")
            return
        }
        let ticket = queue.enter(levels["batch"], client: 1, now: 0).ticket
        #expect(queue.missed(ticket) == nil)
        #expect(queue.nextDeadline == 30 * second)
    }

    @Test("as many wait as may; a level that may preempt pushes out the youngest of those that can be")
    func full() {
        var (queue, levels) = queue(size: 4)
        let holder = queue.enter(levels["high"], client: 9, now: 0).ticket
        let n1 = queue.enter(levels["normal"], client: 1, now: 1).ticket
        let l1 = queue.enter(levels["low"], client: 1, now: 2).ticket
        let n2 = queue.enter(levels["normal"], client: 1, now: 3).ticket
        let h1 = queue.enter(levels["high"], client: 1, now: 4).ticket
        #expect(queue.waiting == 4 && queue.promised == 1, "a promise takes no place in the queue")
        guard case .refused(.full, _) = queue.enter(levels["high"], client: 1, now: 5) else {
            Issue.record("high may not preempt")
            return
        }
        let c1 = queue.enter(levels["critical"], client: 1, now: 6)
        #expect(c1 == .pushesOut(c1.ticket, victim: n2))
        let c2 = queue.enter(levels["critical"], client: 1, now: 7)
        #expect(c2 == .pushesOut(c2.ticket, victim: l1))
        let c3 = queue.enter(levels["critical"], client: 1, now: 8)
        #expect(c3 == .pushesOut(c3.ticket, victim: n1))
        guard case .refused(.full, _) = queue.enter(levels["critical"], client: 1, now: 9) else {
            Issue.record("high cannot be pushed out, nor critical by itself")
            return
        }
        #expect(queue.tally[.full] == 2 && queue.tally[.pushedOut] == 3)
        _ = queue.took(holder, now: 10)
        #expect(queue.placeFreed() == nil || queue.waiting < 4)
        _ = h1
    }

    @Test("without preemption critical is first by its number alone")
    func noPreemption() {
        var (queue, levels) = queue(size: 1) { $0.preemption.enabled = false }
        _ = queue.enter(levels["low"], client: 1, now: 0)
        _ = queue.enter(levels["low"], client: 1, now: 0)
        guard case .refused(.full, _) = queue.enter(levels["critical"], client: 1, now: 0) else {
            Issue.record("expected a refusal")
            return
        }
    }

    @Test("a level that may preempt goes ahead of those that may not, whatever the numbers")
    func preemptingOrder() {
        var (queue, levels) = queue({ $0.preemption.allowPreemptLevels = [Located("low")] })
        let holder = queue.enter(levels["high"], client: 1, now: 0).ticket
        _ = queue.enter(levels["critical"], client: 1, now: 0)
        let low = queue.enter(levels["low"], client: 1, now: 0).ticket
        #expect(queue.missed(holder) == nil)
        #expect(queue.placeFreed() == low)
    }

    @Test("Retry-After says how long those before it take at the pace of late")
    func retryAfter() {
        var (queue, levels) = queue(size: 10)
        let normal = levels["normal"]
        // nobody has been served yet: a guess
        #expect(queue.retryAfter(2, 0) == 5)
        // ten a second, for 20 seconds
        var now: Int64 = 0
        _ = queue.enter(normal, client: 0, now: now)
        for _ in 0..<200 {
            now += second / 10
            let ticket = queue.enter(normal, client: 1, now: now).ticket
            _ = queue.missed(ticket)
            if let next = queue.placeFreed() ?? queue.look() { _ = queue.took(next, now: now) }
        }
        while queue.waiting < 10 { _ = queue.enter(normal, client: 2, now: now) }
        guard case .refused(.full, let seconds) = queue.enter(normal, client: 1, now: now) else {
            Issue.record("expected a refusal")
            return
        }
        #expect((1...2).contains(seconds), "\(seconds)")
        // they stand still: the older the pace, the longer
        guard case .refused(.full, let later) = queue.enter(normal, client: 1, now: now + 30 * second) else {
            Issue.record("expected a refusal")
            return
        }
        #expect(later > seconds)
        #expect((1...600).contains(later))
    }

    @Test("other rules: nobody is lost, levels are found by name, deadlines stay")
    func adopting() {
        var (queue, levels) = queue()
        let holder = queue.enter(levels["normal"], client: 9, now: 0).ticket
        let low = queue.enter(levels["low"], client: 1, now: 0).ticket
        let normal = queue.enter(levels["normal"], client: 1, now: 0).ticket
        let high = queue.enter(levels["high"], client: 1, now: 0).ticket
        // `low` becomes the most urgent, `high` is no more
        queue.adopt(
            queueRules(size: 1, { $0.levels = ["low": 0, "normal": 5] }) { $0.waits["low"] = .limit(.seconds(1)) }.rules
        )
        #expect(queue.waiting == 3 && queue.promised == 1)
        #expect(queue.gate == 0)
        #expect(queue.nextDeadline == 10 * second, "those of before")
        #expect(queue.missed(holder) == nil)
        #expect(queue.placeFreed() == low)
        #expect(queue.leave(low) == high, "its deadline is the nearest of those at the usual level")
        #expect(queue.leave(high) == holder, "in the same round")
        #expect(queue.leave(holder) == normal, "of a client that has had its turn")
        #expect(queue.leave(normal) == nil)
        #expect(queue.isEmpty)
    }

    @Test("waits are told by level, in buckets")
    func tally() {
        var (queue, levels) = queue()
        let ticket = queue.enter(levels["normal"], client: 1, now: 0).ticket
        _ = queue.took(ticket, now: second / 5)
        let waits = queue.tally.waits["normal"]
        #expect(waits?.nanoseconds == second / 5)
        #expect(waits?.buckets.reduce(0, +) == 1)
        #expect(waits?.buckets[3] == 1, "0.1 to 0.25 s")
    }
}
