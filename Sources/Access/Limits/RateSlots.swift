/// The state of one part of a limiter's keys: for each, when all that it has taken will have come back.
///
/// Sets of eight slots; a key has its place in one of two, the one with more room when it came: so the fullest of n sets
/// exceeds the mean by O(log log n) only (Azar, Broder, Karlin, Upfal: Balanced Allocations, 1999). Where the slots of both
/// are in use the table grows, up to `mostSets`; after that the key that has taken least makes room. A key that has taken
/// nothing, or all of whose is back, needs no slot: forgetting it changes nothing.
struct RateSlots: ~Copyable {
    private struct Slot {
        /// 0: free.
        var high: UInt64 = 0
        var low: UInt64 = 0
        /// The theoretical arrival time: nanoseconds of the caller's clock. What has passed is free again.
        var time: Int64 = 0
    }

    static let ways = 8

    private var slots: UnsafeMutablePointer<Slot>
    private var sets: Int
    private let mostSets: Int
    private(set) var policy: RatePolicy
    /// Counted since the start.
    private(set) var checked = 0
    private(set) var refused = 0
    /// Keys that were forgotten although they had taken something.
    private(set) var evicted = 0

    init(_ policy: RatePolicy, mostSets: Int) {
        self.policy = policy
        self.mostSets = max(mostSets, 1)
        sets = 1
        slots = Self.made(1)
    }

    deinit { slots.deallocate() }

    private static func made(_ sets: Int) -> UnsafeMutablePointer<Slot> {
        let memory = UnsafeMutablePointer<Slot>.allocate(capacity: sets * ways)
        memory.initialize(repeating: Slot(), count: sets * ways)
        return memory
    }

    // MARK: what limiters do

    /// Takes a cost where it fits. Where nothing is taken, anything fits: what is larger than the burst would never pass
    /// otherwise, and is paid for afterwards.
    mutating func ask(_ key: RateKey, _ place: UInt64, cost: Int64, now: Int64) -> RateVerdict {
        checked &+= 1
        let wanted = policy.time(cost)
        let found = find(key, place)
        let used = found.map { max(slots[$0].time &- now, 0) } ?? 0
        guard used == 0 || used &+ wanted <= policy.capacity else {
            refused &+= 1
            return RateVerdict(policy, used: used, wanted: wanted)
        }
        put(key, place, found, now &+ used &+ wanted, now)
        return RateVerdict(policy, used: used &+ wanted, wanted: nil)
    }

    /// What `ask` would say, without taking anything; counted only where it refuses.
    mutating func look(_ key: RateKey, _ place: UInt64, cost: Int64, now: Int64, counts: Bool) -> RateVerdict {
        let wanted = policy.time(cost)
        let used = used(key, place, now)
        guard used == 0 || used &+ wanted <= policy.capacity else {
            if counts {
                checked &+= 1
                refused &+= 1
            }
            return RateVerdict(policy, used: used, wanted: wanted)
        }
        return RateVerdict(policy, used: used, wanted: nil)
    }

    /// Takes a cost whether it fits or not; a negative one comes back.
    mutating func charge(_ key: RateKey, _ place: UInt64, cost: Int64, now: Int64) {
        let found = find(key, place)
        let used = found.map { max(slots[$0].time &- now, 0) } ?? 0
        let change = cost < 0 ? -policy.time(-max(cost, -RatePolicy.mostCost)) : policy.time(cost)
        let left = min(used &+ change, RatePolicy.longest)
        if left > 0 {
            put(key, place, found, now &+ left, now)
        } else if let found {
            slots[found].high = 0
        }
    }

    /// What is taken is so much, as somebody else says who counts for several; nanoseconds.
    mutating func set(_ key: RateKey, _ place: UInt64, used: Int64, asked: Int, refused: Int, now: Int64) {
        checked &+= asked
        self.refused &+= refused
        let found = find(key, place)
        if used > 0 {
            put(key, place, found, now &+ min(used, RatePolicy.longest), now)
        } else if let found {
            slots[found].high = 0
        }
    }

    func used(_ key: RateKey, _ place: UInt64, _ now: Int64) -> Int64 {
        find(key, place).map { max(slots[$0].time &- now, 0) } ?? 0
    }

    /// Goes by another policy from now on. What was taken stays taken, in requests or tokens: who had used half of a burst
    /// of ten has used five of the new one.
    mutating func adopt(_ policy: RatePolicy, now: Int64) {
        guard policy != self.policy else { return }
        let old = self.policy
        self.policy = policy
        for at in 0..<(sets * Self.ways) where slots[at].high != 0 {
            let used = slots[at].time &- now
            guard used > 0 else {
                slots[at].high = 0
                continue
            }
            let time = policy.converted(used, from: old)
            // what was no debt is none now
            slots[at].time = now &+ (used <= old.capacity ? min(time, policy.capacity) : time)
        }
    }

    /// Keys that have taken something, with the nanoseconds that it takes to come back.
    func busy(_ now: Int64, _ body: (RateKey, Int64) -> Void) {
        for at in 0..<(sets * Self.ways) where slots[at].high != 0 && slots[at].time > now {
            body(RateKey(high: slots[at].high, low: slots[at].low), slots[at].time &- now)
        }
    }

    // MARK: places

    @inline(__always)
    private func find(_ key: RateKey, _ place: UInt64) -> Int? {
        let start = start(place)
        for at in start..<(start &+ Self.ways) where slots[at].low == key.low && slots[at].high == key.high { return at }
        let other = other(place)
        for at in other..<(other &+ Self.ways) where slots[at].low == key.low && slots[at].high == key.high { return at }
        return nil
    }

    @inline(__always)
    private func start(_ place: UInt64) -> Int { Int(truncatingIfNeeded: place & UInt64(sets &- 1)) &* Self.ways }

    /// The second set, by other bits: two of which one has room are full far more rarely than one.
    @inline(__always)
    private func other(_ place: UInt64) -> Int { start(place >> 24) }

    private mutating func put(_ key: RateKey, _ place: UInt64, _ found: Int?, _ time: Int64, _ now: Int64) {
        if let found {
            slots[found].time = time
            return
        }
        while true {
            let (at, isFree) = slot(place, now)
            if !isFree, sets < mostSets {
                grow(now)
                continue
            }
            if !isFree { evicted &+= 1 }
            slots[at] = Slot(high: key.high, low: key.low, time: time)
            return
        }
    }

    /// A free slot of the set that has more of them, else the slot of both sets that has taken least.
    private func slot(_ place: UInt64, _ now: Int64) -> (at: Int, isFree: Bool) {
        let (first, second) = (room(start(place), now), room(other(place), now))
        if first.free > 0 || second.free > 0 { return (first.free >= second.free ? first.at : second.at, true) }
        return (slots[second.at].time < slots[first.at].time ? second.at : first.at, false)
    }

    /// How many slots of a set are free, and one of them; where none is, the one that has taken least.
    @inline(__always)
    private func room(_ start: Int, _ now: Int64) -> (free: Int, at: Int) {
        var (free, freeAt, least) = (0, start, start)
        for at in start..<(start &+ Self.ways) {
            if slots[at].high == 0 || slots[at].time <= now {
                free &+= 1
                freeAt = at
            } else if slots[at].time < slots[least].time {
                least = at
            }
        }
        return (free, free > 0 ? freeAt : least)
    }

    /// Twice as many sets, or more: until each key that has taken something has a place, or there are as many as may be.
    private mutating func grow(_ now: Int64) {
        let (old, count) = (slots, sets * Self.ways)
        repeat {
            if slots != old { slots.deallocate() }
            sets *= 2
            slots = Self.made(sets)
        } while !takeOver(old, count, now) && sets < mostSets
        old.deallocate()
    }

    /// Whether all had room; if not, and there cannot be more sets, those that have taken least were forgotten.
    private mutating func takeOver(_ old: UnsafeMutablePointer<Slot>, _ count: Int, _ now: Int64) -> Bool {
        var forgotten = 0
        for at in 0..<count where old[at].high != 0 && old[at].time > now {
            let (to, isFree) = slot(RateKey(high: old[at].high, low: old[at].low).place, now)
            if !isFree {
                if sets < mostSets { return false }
                forgotten &+= 1
                if old[at].time <= slots[to].time { continue }
            }
            slots[to] = old[at]
        }
        evicted &+= forgotten
        return forgotten == 0
    }
}
