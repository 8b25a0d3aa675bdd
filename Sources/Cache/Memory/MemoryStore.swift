import NIOCore
import Synchronization

/// The memory layer: answers that this process keeps, for all its loops, within bounds that are never passed.
///
/// Shards by the hash of the key, each with its share of the bounds and a lock of its own. Sixteen loops with a million
/// lookups a second hold one of sixteen locks for some 0.3 % of the time.
package final class MemoryStore: Sendable {
    /// Below these shares a shard would hold too little to choose from.
    private static let leastEntries = 256
    private static let leastObjects = 16

    private let shards: [MemoryShard]
    /// Largest body, in bytes.
    private let maxObject: Atomic<Int>
    private let refused = Atomic<Int>(0)

    /// `shards`: at most; a small store has fewer. Bytes are of memory, everything counted.
    package init(maxEntries: Int, maxBytes: Int, maxObject: Int, policy: EvictionPolicy = .s3Fifo, shards: Int = 64) {
        let bounds = Self.bounds(maxEntries, maxBytes)
        let most = min(bounds.entries / Self.leastEntries, bounds.bytes / max(1, Self.leastObjects * maxObject), shards)
        var count = 1
        while count * 2 <= most { count *= 2 }
        self.shards = (0..<count).map { MemoryShard(bounds.share($0, of: count), policy) }
        self.maxObject = Atomic(maxObject)
    }

    /// What is kept under this key, in memory, no longer than it may be. Allocates nothing. `now`: wall-clock milliseconds.
    @inline(__always)
    package func find(_ key: UnsafeRawBufferPointer, hash: UInt64, now: Int64) -> Resource? {
        shard(hash).find(key, hash: hash, now: now)
    }

    package func find(_ key: CacheKey, now: Int64) -> Resource? {
        key.bytes.withUnsafeBytes { find($0, hash: key.hash, now: now) }
    }

    /// Keeps an answer until then at the longest (wall-clock milliseconds), in place of an older one of the same variant.
    /// False where it is too large, and what was kept under the key goes too. `answer.key` is the key's bytes.
    @discardableResult
    package func insert(_ key: CacheKey, _ answer: StoredAnswer, until: Int64) -> Bool {
        if answer.body.readableBytes > maxObject.load(ordering: .relaxed) {
            remove(key)
        } else if shard(key.hash).insert(key.hash, answer, until: until) {
            return true
        }
        refused.wrappingAdd(1, ordering: .relaxed)
        return false
    }

    /// All variants of a key. False where there were none.
    @discardableResult
    package func remove(_ key: CacheKey) -> Bool {
        key.bytes.withUnsafeBytes { shard(key.hash).remove($0, hash: key.hash) }
    }

    /// Removes the answers that are meant, and tells how many. Looks at each outside of any lock: what comes meanwhile may
    /// stay.
    @discardableResult
    package func removeAll(where isMeant: (StoredAnswer) -> Bool = { _ in true }) -> Int {
        change { isMeant($0) ? nil : $0 }
    }

    /// Marks the answers that are meant stale, and tells how many.
    @discardableResult
    package func softPurge(now: Int64, where isMeant: (StoredAnswer) -> Bool) -> Int {
        change { isMeant($0) && !$0.isSoftPurged ? $0.softPurged(now: now) : $0 }
    }

    /// Each answer that was there when its shard's turn came, outside of any lock.
    package func forEach(_ body: (StoredAnswer) -> Void) {
        for shard in shards {
            for resource in shard.resources { resource.variants.forEach(body) }
        }
    }

    /// Other bounds, at once: what is too much leaves. The number of shards stays.
    package func resize(maxEntries: Int, maxBytes: Int, maxObject: Int) {
        self.maxObject.store(maxObject, ordering: .relaxed)
        let bounds = Self.bounds(maxEntries, maxBytes)
        for (part, shard) in shards.enumerated() { shard.resize(bounds.share(part, of: shards.count)) }
    }

    package var figures: MemoryFigures {
        var sum = MemoryFigures()
        for shard in shards { sum += shard.figures }
        sum.refused = refused.load(ordering: .relaxed)
        return sum
    }

    /// A thirty-second of the bytes is for what is lost between the pieces of memory, which nobody can account.
    private static func bounds(_ entries: Int, _ bytes: Int) -> ShelfBounds {
        ShelfBounds(entries: entries, bytes: bytes - bytes / 32)
    }

    /// The high bits: the tables of a shard use the low ones.
    @inline(__always)
    private func shard(_ hash: UInt64) -> MemoryShard {
        shards[Int(truncatingIfNeeded: hash >> 48) & (shards.count &- 1)]
    }

    private func change(_ change: (StoredAnswer) -> StoredAnswer?) -> Int {
        var count = 0
        for shard in shards {
            for resource in shard.resources {
                var changed = 0
                let rest = resource.mapped { answer in
                    let other = change(answer)
                    if other !== answer { changed += 1 }
                    return other
                }
                if changed == 0 { continue }
                if shard.replace(resource, hash: KeyHash.of(resource.key), by: rest) { count += changed }
            }
        }
        return count
    }
}
