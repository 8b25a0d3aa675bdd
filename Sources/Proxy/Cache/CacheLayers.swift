internal import Cache
internal import NIOCore
internal import Settings
internal import Telemetry

/// A layer that answers later: Redis, files. Nothing waits for it longer than it promises, and nothing fails by it.
protocol DistantLayer: AnyObject, Sendable {
    /// What is kept under a name; nothing where it is not there, not in time, or the layer is of no use. `done` is called
    /// once, on the loop.
    ///
    /// - Parameter selecting: what the request says in the fields of these names (`VaryKey.values`).
    func find(
        _ name: CacheName, on loop: Loop, selecting: @escaping ([[UInt8]]) -> [UInt8]?,
        _ done: @escaping ([StoredAnswer], CacheLookup) -> Void)
    func store(_ answer: StoredAnswer, _ name: CacheName, until: Int64, on loop: Loop)
    func remove(_ name: CacheName, on loop: Loop)
    /// Ends when the layer gives it no more. How many went, where that is known, and how many replicas were told.
    func purge(_ purge: Purge, secret: [UInt8]) async -> PurgeOutcome
    /// Connects what a loop needs, before its first request.
    func prepare(on loop: any EventLoop)
    func stop()
    var facts: DistantFacts { get }
}

/// What a distant layer says of itself.
struct DistantFacts: Sendable {
    var entries: Int?
    var bytes: Int?
    var evictions = 0
    var trouble: String?
    /// The number of purges that replicas agree on.
    var epoch: Int64?
}

struct PurgeOutcome: Sendable {
    var removed: Int?
    var replicas: Int?
    var warning: String?
}

/// The layers of a configuration, in the order in which they are asked: those in memory at once, the others after them.
///
/// Immutable: a change of the configuration makes another, of the same stores where nothing changed in them.
final class CacheLayers: Sendable {
    struct Memory: Sendable {
        let settings: CacheLayerSettings
        let name: String
        let store: MemoryStore
        let label: Int
    }

    struct Distant: Sendable {
        let settings: CacheLayerSettings
        let name: String
        let layer: any DistantLayer
        let label: Int
    }

    let memories: [Memory]
    let distants: [Distant]

    init(memories: [Memory] = [], distants: [Distant] = []) {
        self.memories = memories
        self.distants = distants
        longest = (memories.map(\.settings) + distants.map(\.settings)).map(\.maxObject.bytes).max() ?? 0
    }

    /// The longest body that any of them takes, in bytes.
    let longest: Int

    var isEmpty: Bool { memories.isEmpty && distants.isEmpty }

    /// What is kept in memory, and in which layer.
    @inline(__always)
    func find(_ key: UnsafeRawBufferPointer, hash: UInt64, now: Int64) -> (Resource, Int)? {
        for at in 0..<memories.count {
            if let found = memories[at].store.find(key, hash: hash, now: now) { return (found, at) }
        }
        return nil
    }

    /// Puts an answer into every layer in memory that takes it.
    func keep(_ answer: StoredAnswer, _ key: CacheKey, _ name: CacheName, now: Int64) {
        for memory in memories where memory.takes(name, answer) {
            _ = memory.store.insert(key, answer, until: memory.settings.stay(from: now))
        }
    }

    /// The same for all others.
    func send(_ answer: StoredAnswer, _ name: CacheName, now: Int64, on loop: Loop) {
        for distant in distants where distant.takes(name, answer) {
            distant.layer.store(answer, name, until: distant.settings.stay(from: now), on: loop)
        }
    }
}

extension CacheLayers.Memory {
    func takes(_ name: CacheName, _ answer: StoredAnswer) -> Bool { settings.takes(name, answer) }
}

extension CacheLayers.Distant {
    func takes(_ name: CacheName, _ answer: StoredAnswer) -> Bool { settings.takes(name, answer) }
}

extension CacheLayerSettings {
    /// Until when something that comes now stays, in wall-clock milliseconds.
    func stay(from now: Int64) -> Int64 { ttl.map { now &+ $0.nanoseconds / 1_000_000 } ?? .max }

    /// Whether this answer is kept here.
    func takes(_ name: CacheName, _ answer: StoredAnswer) -> Bool {
        if isForRequests, answer.kind == .http { return false }
        return answer.body.readableBytes <= maxObject.bytes && takes(name.logical)
    }
}
