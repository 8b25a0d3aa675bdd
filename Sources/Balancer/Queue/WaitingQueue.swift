/// The requests that wait for a place in one pool: who is next, who has waited too long, who must make room.
///
/// A pure machine: times are monotonic nanoseconds, and what it says has to be done by whoever asks. It does not know how
/// many places there are. It is told of each place that comes free (`placeFreed`) and promises it to the one who is next;
/// whoever has a promise tries to take the place, and says how that went. A promise is a reservation as long as everybody
/// else keeps away: see `gate`.
///
/// States of a request, and exits: *waiting* -> promised (`placeFreed`, `look`, and where one of these is the answer to
/// another call) | gone (`expired`, `leave`, pushed out); *promised* -> gone (`took`, `leave`) | waiting (`missed`).
///
/// The law that keeps anybody from being forgotten: while somebody waits, every place that came free since is promised,
/// or was found taken. Places that come free without a word, as when an agent recovers, are found by `look`, which one
/// calls now and then. All calls are O(log n) in the number of those that wait, but for `adopt`.
package struct WaitingQueue: Sendable {
    package typealias Ticket = UInt64

    package enum Entry: Equatable, Sendable {
        case waiting(Ticket)
        /// Nobody else waits: promised at once, and to be tried once more.
        case promised(Ticket)
        /// Waits in the place of another one, which is to be told.
        case pushesOut(Ticket, victim: Ticket)
        /// `retryAfter`: seconds after which another try makes sense.
        case refused(QueueRefusal, retryAfter: Int)
    }

    /// How urgent the next one is, to compare queues that wait for the same agent.
    package struct Front: Comparable, Sendable {
        let isIdle: Bool
        let mayPreempt: Bool
        let number: Int
        let since: Int64

        package static func < (a: Front, b: Front) -> Bool {
            if a.isIdle != b.isIdle { return b.isIdle }
            if a.mayPreempt != b.mayPreempt { return a.mayPreempt }
            return (a.number, a.since) < (b.number, b.since)
        }
    }

    private struct Guest {
        let client: UInt64
        var level: Int
        let deadline: Int64
        let entered: Int64
    }

    private struct Promise {
        let guest: Guest
        /// In which its turn came, to have the turn again.
        let round: Int
        /// Nobody said that there is a place: if there is one, there may be more.
        let isGuess: Bool
    }

    package private(set) var rules: QueueRules
    package private(set) var tally = QueueTally()
    private var lines: [LevelLine]
    private var guests: [Ticket: Guest] = [:]
    private var promises: [Ticket: Promise] = [:]
    private var deadlines = IndexedHeap<LevelLine.Due, Ticket>()
    /// The youngest first, of each level that can be pushed out.
    private var youngest: [IndexedHeap<UInt64, Ticket>]
    /// Those that wait or have a promise, by level.
    private var present: [Int]
    /// Places that came free while nobody waited for whom they could be kept, but somebody had a promise. Above 0 only
    /// while nobody waits.
    private var placesLeft = 0
    private var rate = DrainRate()
    private var last: Ticket = 0

    package init(_ rules: QueueRules = QueueRules()) {
        self.rules = rules
        lines = rules.levels.map { _ in LevelLine() }
        youngest = rules.levels.map { _ in IndexedHeap() }
        present = rules.levels.map { _ in 0 }
    }

    // MARK: what it holds

    package var waiting: Int { guests.count }
    package var promised: Int { promises.count }
    /// Nobody waits, and nobody has a promise.
    package var isEmpty: Bool { guests.isEmpty && promises.isEmpty }

    package func waiting(at index: Int) -> Int { lines[index].count }

    /// The number of the most urgent level of which somebody is here; a request of this number or a later one must
    /// enter too, lest it take a place that is promised. `.max`: nobody is here.
    package var gate: Int {
        var least = Int.max
        for (index, count) in present.enumerated() where count > 0 { least = min(least, rules.levels[index].number) }
        return least
    }

    /// Of the one who is next; nil where nobody waits.
    package var front: Front? {
        guard let index = lines.firstIndex(where: { $0.count > 0 }), let ticket = lines[index].first,
            let guest = guests[ticket]
        else { return nil }
        let level = rules.levels[index]
        return Front(
            isIdle: level.isIdle, mayPreempt: level.mayPreempt, number: level.number, since: guest.entered)
    }

    // MARK: coming and going

    /// A request that found every agent busy.
    ///
    /// - Parameters:
    ///   - client: one and the same for requests that share their turns.
    ///   - deadline: a nearer one than its level's.
    package mutating func enter(
        _ level: TaskLevel?, client: UInt64, now: Int64, deadline: Int64 = .max
    ) -> Entry {
        let index = rules.index(of: level)
        let wait = rules.levels[index].wait
        let (end, overflow) = now.addingReportingOverflow(wait)
        let due = min(overflow ? .max : end, deadline)
        guard due > now else { return refuse(.timeout, index, now) }
        if isEmpty { rate.begin(now) }
        var victim: Ticket?
        if guests.count >= rules.size {
            guard let found = toPushOut(by: index) else { return refuse(.full, index, now) }
            drop(found)
            tally.refused(.pushedOut)
            victim = found
        }
        last += 1
        let ticket = last
        place(ticket, Guest(client: client, level: index, deadline: due, entered: now))
        present[index] += 1
        if let victim { return .pushesOut(ticket, victim: victim) }
        guard guests.count == 1, promises.isEmpty || placesLeft > 0 else { return .waiting(ticket) }
        // nobody else waits: a place may have come free between its look and now
        promise(isGuess: placesLeft == 0)
        placesLeft = max(placesLeft - 1, 0)
        return .promised(ticket)
    }

    /// A place came free. Who is next gets the promise of it.
    package mutating func placeFreed() -> Ticket? {
        if let ticket = promise(isGuess: false) { return ticket }
        placesLeft = promises.isEmpty ? 0 : placesLeft + 1
        return nil
    }

    /// Whether there may be a place that nobody told of. To be called now and then while somebody waits.
    package mutating func look() -> Ticket? {
        promises.isEmpty ? promise(isGuess: true) : nil
    }

    /// The one with a promise has its place, and is gone. Answers with another one that may try.
    package mutating func took(_ ticket: Ticket, now: Int64) -> Ticket? {
        guard let promise = promises.removeValue(forKey: ticket) else { return nil }
        present[promise.guest.level] -= 1
        rate.count(now)
        tally.served(rules.levels[promise.guest.level].name, after: now - promise.guest.entered)
        if promises.isEmpty { placesLeft = 0 }
        return promise.isGuess ? look() : nil
    }

    /// The one with a promise found no place: somebody of another pool, or more urgent, took it. It waits again, as if
    /// it had not been asked. Answers with one that may try at once, for a place has come free since.
    package mutating func missed(_ ticket: Ticket) -> Ticket? {
        guard let promise = promises.removeValue(forKey: ticket) else { return nil }
        place(ticket, promise.guest, back: promise.round)
        guard placesLeft > 0 else { return nil }
        placesLeft -= 1
        return self.promise(isGuess: false)
    }

    /// It does not want a place any more: its client is gone, or it is served elsewhere. Its promise goes to the next.
    package mutating func leave(_ ticket: Ticket) -> Ticket? {
        if guests[ticket] != nil {
            drop(ticket)
            return nil
        }
        guard let promise = promises.removeValue(forKey: ticket) else { return nil }
        present[promise.guest.level] -= 1
        if let next = self.promise(isGuess: promise.isGuess) { return next }
        placesLeft = promises.isEmpty ? 0 : placesLeft + 1
        return nil
    }

    /// Those that have waited as long as their level does; they are gone. Each with the seconds after which it may try
    /// again.
    package mutating func expired(_ now: Int64) -> [(ticket: Ticket, retryAfter: Int)] {
        var expired: [(ticket: Ticket, retryAfter: Int)] = []
        while let (due, ticket) = deadlines.first, due.deadline <= now {
            let level = guests[ticket]?.level ?? 0
            drop(ticket)
            tally.refused(.timeout)
            expired.append((ticket, retryAfter(level, now)))
        }
        return expired
    }

    /// When the next one has waited too long; `.max`: none ever.
    package var nextDeadline: Int64 { deadlines.first?.key.deadline ?? .max }

    /// Seconds after which a request of this level may expect a place, were it to wait: by how many are before it, and
    /// how fast they go.
    package func retryAfter(_ index: Int, _ now: Int64) -> Int {
        var ahead = 0
        for level in 0...index { ahead += lines[level].count }
        return rate.retryAfter(ahead: ahead, now)
    }

    /// Goes by other rules from now on. Nobody is lost: who waits keeps its deadline, at its level if there is one of the
    /// name, else at the usual one, and more may wait than are let in from now on.
    package mutating func adopt(_ fresh: QueueRules) {
        guard fresh != rules else { return }
        let before = rules
        rules = fresh
        lines = fresh.levels.map { _ in LevelLine() }
        youngest = fresh.levels.map { _ in IndexedHeap() }
        present = fresh.levels.map { _ in 0 }
        deadlines = IndexedHeap()
        let all = guests
        guests = [:]
        for (ticket, guest) in all.sorted(by: { $0.key < $1.key }) {
            var guest = guest
            guest.level = fresh.index(of: before.levels[guest.level].level)
            present[guest.level] += 1
            place(ticket, guest)
        }
        for (ticket, promise) in promises {
            var guest = promise.guest
            guest.level = fresh.index(of: before.levels[guest.level].level)
            present[guest.level] += 1
            promises[ticket] = Promise(guest: guest, round: 0, isGuess: promise.isGuess)
        }
    }

    // MARK: within

    private mutating func refuse(_ reason: QueueRefusal, _ index: Int, _ now: Int64) -> Entry {
        tally.refused(reason)
        return .refused(reason, retryAfter: retryAfter(index, now))
    }

    /// Puts one into its line; `present` is counted elsewhere.
    private mutating func place(_ ticket: Ticket, _ guest: Guest, back: Int? = nil) {
        let due = LevelLine.Due(deadline: guest.deadline, ticket: ticket)
        guests[ticket] = guest
        lines[guest.level].add(due, client: guest.client, back: back)
        if guest.deadline < .max { deadlines.put(ticket, due) }
        if rules.levels[guest.level].mayBePushedOut { youngest[guest.level].put(ticket, .max - ticket) }
    }

    /// Takes one that waits out for good.
    private mutating func drop(_ ticket: Ticket) {
        guard let guest = guests.removeValue(forKey: ticket) else { return }
        lines[guest.level].remove(ticket, client: guest.client)
        deadlines.remove(ticket)
        youngest[guest.level].remove(ticket)
        present[guest.level] -= 1
    }

    /// Makes a promise to who is next; nil where nobody waits.
    @discardableResult
    private mutating func promise(isGuess: Bool) -> Ticket? {
        guard let index = lines.firstIndex(where: { $0.count > 0 }), let (ticket, round) = lines[index].take(),
            let guest = guests.removeValue(forKey: ticket)
        else { return nil }
        deadlines.remove(ticket)
        youngest[index].remove(ticket)
        promises[ticket] = Promise(guest: guest, round: round, isGuess: isGuess)
        return ticket
    }

    /// The youngest of those that a request of this level may push out: of a later level than its own.
    private func toPushOut(by index: Int) -> Ticket? {
        guard rules.levels[index].mayPreempt else { return nil }
        var found: Ticket?
        for (other, heap) in youngest.enumerated() where rules.levels[other].number > rules.levels[index].number {
            if let ticket = heap.first?.name, ticket > found ?? 0 { found = ticket }
        }
        return found
    }
}
