/// What can run out of time: a connection. Its owner only stores a new deadline; the wheel looks when the slot comes up.
class Timed {
    /// Monotonic nanoseconds; `.max` is none.
    fileprivate(set) var deadline = Int64.max
    fileprivate var slot = -1
    /// When the slot comes up, in ticks.
    fileprivate var due: Int64 = 0
    /// Its channel is gone: no deadline is taken any more, whoever still sets one on the way back from a write that
    /// ended the connection.
    fileprivate var isRetired = false
    fileprivate unowned(unsafe) var next: Timed?
    fileprivate unowned(unsafe) var previous: Timed?

    deinit { assert(slot < 0, "a deadline outlives what it is of") }

    /// It was taken out because its deadline had passed, and nobody has moved or retired it since: of those that expire
    /// together, one may end another, or give it a new purpose.
    final func isStillDue(_ now: Int64) -> Bool { slot < 0 && deadline <= now }

    /// The deadline has passed. The default does nothing.
    func deadlinePassed(now: Int64) {}
}

/// A coarse timer wheel, one a loop: nothing is scheduled per request. A deadline that moves later costs one store; its
/// entry is put on when the old slot comes up.
struct DeadlineWheel {
    static let tick: Int64 = 100_000_000
    private static let slots = 1024
    private var heads: [Unmanaged<Timed>?] = Array(repeating: nil, count: slots)
    private var currentTick: Int64

    init(now: Int64) { currentTick = now / Self.tick }

    /// Sets the deadline of an entry, which the wheel does not keep alive: `retire` it before it goes.
    @inline(__always)
    mutating func set(_ entry: Timed, _ deadline: Int64) {
        if entry.slot >= 0, deadline / Self.tick + 1 >= entry.due {
            entry.deadline = deadline
            return
        }
        move(entry, deadline)
    }

    private mutating func move(_ entry: Timed, _ deadline: Int64) {
        guard !entry.isRetired else { return }
        entry.deadline = deadline
        if entry.slot >= 0 { unlink(entry) }
        insert(entry)
    }

    /// Takes an entry out for good: the wheel holds it by an unsafe reference, so nothing may put it back.
    mutating func retire(_ entry: Timed) {
        entry.isRetired = true
        if entry.slot >= 0 { unlink(entry) }
        entry.deadline = .max
    }

    private mutating func insert(_ entry: Timed) {
        let farthest = currentTick + Int64(Self.slots) - 1
        let due = min(max(entry.deadline / Self.tick + (entry.deadline == .max ? 0 : 1), currentTick + 1), farthest)
        let slot = Int(due % Int64(Self.slots))
        entry.slot = slot
        entry.due = due
        entry.previous = nil
        entry.next = heads[slot]?.takeUnretainedValue()
        entry.next?.previous = entry
        heads[slot] = Unmanaged.passUnretained(entry)
    }

    private mutating func unlink(_ entry: Timed) {
        if let previous = entry.previous {
            previous.next = entry.next
        } else {
            heads[entry.slot] = entry.next.map { Unmanaged.passUnretained($0) }
        }
        entry.next?.previous = entry.previous
        entry.next = nil
        entry.previous = nil
        entry.slot = -1
    }

    /// Takes out every entry whose deadline has passed; those that were moved on get their new slot. Who calls them asks
    /// each before whether it `isStillDue`.
    mutating func advance(now: Int64, expired: inout [Timed]) {
        let target = now / Self.tick
        while currentTick < target {
            currentTick += 1
            let slot = Int(currentTick % Int64(Self.slots))
            var entry = heads[slot]?.takeUnretainedValue()
            heads[slot] = nil
            while let this = entry {
                entry = this.next
                this.next = nil
                this.previous = nil
                this.slot = -1
                if this.deadline <= now { expired.append(this) } else { insert(this) }
            }
        }
    }
}
