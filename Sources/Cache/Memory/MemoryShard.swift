import Glibc
import Synchronization

/// A part of the memory layer with a lock of its own, which is held for some 50 ns at a time. What leaves is handed out, so
/// that its memory is given back after the lock.
final class MemoryShard: Sendable {
    private struct State: Sendable {
        var shelf: Shelf<Resource>
        var figures = MemoryFigures()
    }

    /// Two cache lines, which a processor fetches together: what other shards write is never near.
    private typealias Gap = (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64)

    private let before: (Gap, Gap) = ((0, 0, 0, 0, 0, 0, 0, 0), (0, 0, 0, 0, 0, 0, 0, 0))
    private let state: Mutex<State>
    private let after: (Gap, Gap) = ((0, 0, 0, 0, 0, 0, 0, 0), (0, 0, 0, 0, 0, 0, 0, 0))

    init(_ bounds: ShelfBounds, _ policy: EvictionPolicy) { state = Mutex(State(shelf: Shelf(bounds, policy))) }

    var figures: MemoryFigures {
        state.withLock { state in
            var figures = state.figures
            figures.entries = state.shelf.count
            figures.bytes = state.shelf.bytes
            return figures
        }
    }

    /// All that is there at this moment.
    var resources: [Resource] { state.withLock { $0.shelf.values } }

    func find(_ key: UnsafeRawBufferPointer, hash: UInt64, now: Int64) -> Resource? {
        let (found, _) = state.withLock { state -> (Resource?, Resource?) in
            guard let place = Self.place(of: key, hash, state.shelf), let resource = state.shelf[place] else {
                state.figures.misses &+= 1
                return (nil, nil)
            }
            if resource.firstEnd <= now { return Self.expire(place, resource, now, &state) }
            state.shelf.use(place)
            state.figures.hits &+= 1
            return (resource, nil)
        }
        return found
    }

    /// Adds an answer to what is kept under its key. False where it has no room; then nothing is kept there, for what was
    /// is older.
    func insert(_ hash: UInt64, _ answer: StoredAnswer, until: Int64) -> Bool {
        let (isIn, _) = state.withLock { state -> (Bool, [Resource]) in
            let place = answer.key.withUnsafeBytes { Self.place(of: $0, hash, state.shelf) }
            let old = place.flatMap { state.shelf[$0] }
            let resource = old?.adding(answer, until: until) ?? Resource(answer, until: until)
            return Self.put(Self.fitting(resource, state.shelf.bounds), hash, in: place, &state)
        }
        return isIn
    }

    /// Answers whether it is in, and what is not any longer.
    private static func put(
        _ resource: Resource, _ hash: UInt64, in place: Int?, _ state: inout State
    ) -> (Bool, [Resource]) {
        guard let place else {
            guard let gone = state.shelf.add(resource, hash: hash, cost: resource.cost) else { return (false, []) }
            state.figures.insertions &+= 1
            state.figures.evictions &+= gone.count
            return (true, gone)
        }
        let old = state.shelf[place].map { [$0] } ?? []
        guard state.shelf.canHold(resource.cost) else {
            _ = state.shelf.remove(place)
            return (false, old)
        }
        let gone = state.shelf.replace(place, resource, cost: resource.cost)
        state.figures.insertions &+= 1
        state.figures.evictions &+= gone.count
        return (!gone.contains { $0 === resource }, gone + old)
    }

    func remove(_ key: UnsafeRawBufferPointer, hash: UInt64) -> Bool {
        let gone = state.withLock { state -> Resource? in
            guard let place = Self.place(of: key, hash, state.shelf) else { return nil }
            return state.shelf.remove(place)
        }
        return gone != nil
    }

    /// Puts `new` in the place of `old`, or nothing, unless something else stands there by now.
    func replace(_ old: Resource, hash: UInt64, by new: Resource?) -> Bool {
        let (isDone, _) = state.withLock { state -> (Bool, [Resource]) in
            guard let place = state.shelf.place(of: hash, where: { $0 === old }) else { return (false, []) }
            guard let new else { return (true, state.shelf.remove(place).map { [$0] } ?? []) }
            let gone = state.shelf.replace(place, new, cost: new.cost)
            state.figures.evictions &+= gone.count
            return (true, gone)
        }
        return isDone
    }

    func resize(_ bounds: ShelfBounds) {
        _ = state.withLock { state -> [Resource] in
            let gone = state.shelf.resize(bounds)
            state.figures.evictions &+= gone.count
            return gone
        }
    }

    @inline(__always)
    private static func place(
        of key: UnsafeRawBufferPointer, _ hash: UInt64, _ shelf: borrowing Shelf<Resource>
    ) -> Int? {
        shelf.place(of: hash) { resource in
            resource.key.withUnsafeBytes { $0.count == key.count && ($0.count == 0 || isSame($0, key)) }
        }
    }

    @inline(__always)
    private static func isSame(_ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Bool {
        guard let a = one.baseAddress, let b = other.baseAddress else { return false }
        return memcmp(a, b, one.count) == 0
    }

    /// Some of it has been here for as long as it may: answers the rest, and what goes.
    private static func expire(
        _ place: Int, _ resource: Resource, _ now: Int64, _ state: inout State
    ) -> (Resource?, Resource?) {
        state.figures.expired &+= 1
        guard let rest = resource.remaining(now) else {
            state.figures.misses &+= 1
            return (nil, state.shelf.remove(place))
        }
        // it takes less than before, so nothing leaves for it
        _ = state.shelf.replace(place, rest, cost: rest.cost)
        state.shelf.use(place)
        state.figures.hits &+= 1
        return (rest, resource)
    }

    /// Without the oldest variants where all together are more than a quarter of the room.
    private static func fitting(_ resource: Resource, _ bounds: ShelfBounds) -> Resource {
        var resource = resource
        while resource.cost > bounds.bytes / 4, let fewer = resource.withoutOldest() { resource = fewer }
        return resource
    }
}
