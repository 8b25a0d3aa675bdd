import Synchronization

/// Which agent each session was given to. One a process, shared by its loops, bounded.
///
/// A session is the hash of its key and pool, an agent the hash of its id. Entries live in two halves: what is used
/// moves to the young one, and when that is full the old one goes, so that what was silent longest is forgotten.
package final class SessionTable: Sendable {
    private struct Entry {
        var agent: UInt64
        /// Nanoseconds of the monotonic clock.
        var used: Int64
    }

    /// An object, for a mutex cannot stand in an array.
    private final class Part: Sendable {
        let value = Mutex(Shard())
    }

    private struct Shard {
        var young: [UInt64: Entry] = [:]
        var old: [UInt64: Entry] = [:]

        mutating func put(_ session: UInt64, _ entry: Entry, most: Int) {
            if young.count >= most, young[session] == nil {
                old = young
                young = [:]
            }
            young[session] = entry
        }
    }

    private static let shardCount = 16
    private let shards: [Part]

    package init() { shards = (0..<Self.shardCount).map { _ in Part() } }

    /// The agent of a session; nil where none is known, or it was silent for longer than `ttl` nanoseconds.
    package func owner(of session: UInt64, now: Int64, ttl: Int64, entries: Int) -> UInt64? {
        shard(session).value.withLock { shard in
            guard var entry = shard.young[session] ?? shard.old.removeValue(forKey: session) else { return nil }
            guard now &- entry.used <= ttl else {
                shard.young[session] = nil
                return nil
            }
            entry.used = now
            shard.put(session, entry, most: Self.most(entries))
            return entry.agent
        }
    }

    /// The session is with this agent from now on.
    package func bind(_ session: UInt64, to agent: UInt64, now: Int64, entries: Int) {
        shard(session).value.withLock { $0.put(session, Entry(agent: agent, used: now), most: Self.most(entries)) }
    }

    /// Sessions that are remembered.
    package var count: Int {
        shards.reduce(0) { $0 + $1.value.withLock { shard in Set(shard.young.keys).union(shard.old.keys).count } }
    }

    private static func most(_ entries: Int) -> Int { max(1, entries / (2 * shardCount)) }
    private func shard(_ session: UInt64) -> Part { shards[Int(session % UInt64(Self.shardCount))] }
}
