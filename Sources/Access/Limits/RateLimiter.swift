import Synchronization

/// One limit over all event loops of the process, exact: whatever comes at once, no more is admitted than the policy says.
///
/// Keys are spread over parts, each behind a lock of its own that is held for some ten nanoseconds. It outlives
/// configurations: what has been taken stays taken.
package final class RateLimiter: Sendable {
    private final class Part: Sendable {
        let slots: Mutex<RateSlots>
        init(_ policy: RatePolicy, mostSets: Int) { slots = Mutex(RateSlots(policy, mostSets: mostSets)) }
    }

    /// Of a limiter, at most; some 3 MB.
    package static let mostKeys = 131_072
    private static let partCount = 16

    private let parts: [Part]

    /// - Parameter keys: how many are told apart at most; 1: all requests count together.
    package init(_ policy: RatePolicy, keys: Int = RateLimiter.mostKeys) {
        let count = keys > 1 ? Self.partCount : 1
        var sets = 1
        while sets * 2 * count * RateSlots.ways <= keys { sets *= 2 }
        parts = (0..<count).map { _ in Part(policy, mostSets: sets) }
    }

    @inline(__always)
    private func part(_ place: UInt64) -> Part { parts[Int(truncatingIfNeeded: (place >> 48) % UInt64(parts.count))] }

    package var policy: RatePolicy { parts[0].slots.withLock { $0.policy } }

    /// Takes a cost where it fits; nanoseconds of a clock that all who ask have in common.
    package func ask(_ key: RateKey, cost: Int64 = 1, now: Int64) -> RateVerdict {
        let place = key.place
        return part(place).slots.withLock { $0.ask(key, place, cost: cost, now: now) }
    }

    /// What `ask` would say, without taking anything.
    package func look(_ key: RateKey, cost: Int64 = 1, now: Int64, counts: Bool = false) -> RateVerdict {
        let place = key.place
        return part(place).slots.withLock { $0.look(key, place, cost: cost, now: now, counts: counts) }
    }

    /// Takes a cost whether it fits or not; a negative one comes back.
    package func charge(_ key: RateKey, cost: Int64, now: Int64) {
        guard cost != 0 else { return }
        let place = key.place
        part(place).slots.withLock { $0.charge(key, place, cost: cost, now: now) }
    }

    /// Somebody who counts for several processes says what is taken, in nanoseconds.
    package func set(_ key: RateKey, used: Int64, isRefused: Bool, now: Int64) {
        let place = key.place
        part(place).slots.withLock { $0.set(key, place, used: used, isRefused: isRefused, now: now) }
    }

    /// Goes by another policy from now on.
    package func adopt(_ policy: RatePolicy, now: Int64) {
        for part in parts { part.slots.withLock { $0.adopt(policy, now: now) } }
    }

    // MARK: what operators see

    package struct Figures: Sendable, Equatable {
        package var checked = 0
        package var refused = 0
        package var evicted = 0

        package init(checked: Int = 0, refused: Int = 0, evicted: Int = 0) {
            self.checked = checked
            self.refused = refused
            self.evicted = evicted
        }
    }

    package var figures: Figures {
        var sum = Figures()
        for part in parts {
            part.slots.withLock { slots in
                sum.checked &+= slots.checked
                sum.refused &+= slots.refused
                sum.evicted &+= slots.evicted
            }
        }
        return sum
    }

    /// How many keys have taken something, and those that have taken most, with what is left to each.
    package func busiest(_ most: Int, now: Int64) -> (keys: Int, top: [(key: RateKey, verdict: RateVerdict)]) {
        var all: [(key: RateKey, used: Int64)] = []
        for part in parts { part.slots.withLock { slots in slots.busy(now) { all.append(($0, $1)) } } }
        let policy = policy
        let top = all.sorted { $0.used > $1.used }.prefix(most)
        return (all.count, top.map { ($0.key, RateVerdict(policy, used: $0.used, wanted: nil)) })
    }
}
