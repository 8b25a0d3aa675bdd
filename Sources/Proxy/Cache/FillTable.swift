internal import Cache
internal import Synchronization

/// What is being fetched at the moment, by key: who asks for the same joins.
final class FillTable: Sendable {
    private static let shards = 16
    private let tables: [Shard]

    private final class Shard: Sendable {
        let fills = Mutex<[CacheKey: Fill]>([:])
    }

    init() { tables = (0..<Self.shards).map { _ in Shard() } }

    private func shard(_ key: CacheKey) -> Shard { tables[Int(key.hash >> 40) % Self.shards] }

    /// The fill under way for a key; else the one given leads from now on, and nil is answered.
    func lead(_ fill: Fill) -> Fill? {
        shard(fill.key).fills.withLock { fills in
            if let known = fills[fill.key] { return known }
            fills[fill.key] = fill
            return nil
        }
    }

    func find(_ key: CacheKey) -> Fill? { shard(key).fills.withLock { $0[key] } }

    func end(_ fill: Fill) {
        shard(fill.key).fills.withLock { fills in
            if fills[fill.key] === fill { fills[fill.key] = nil }
        }
    }

    var all: [Fill] { tables.flatMap { $0.fills.withLock { Array($0.values) } } }
}
