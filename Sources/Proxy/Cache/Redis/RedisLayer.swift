internal import Cache
internal import Logging
internal import NIOCore
internal import Settings
internal import Synchronization

/// A layer of the cache in a Redis that replicas share: one connection a loop, one more that hears of purges.
///
/// Used from any loop. Nothing waits for Redis longer than `timeout`, and nothing fails by it.
final class RedisLayer: Sendable {
    let settings: RedisSettings
    private let redis: Redis
    private let bus: InvalidationBus
    private let marks = PurgeMarks()
    private let perLoop = Mutex<[ObjectIdentifier: RedisEntries]>([:])

    /// - Parameters:
    ///   - loop: where purges are told and heard.
    ///   - known: `InvalidationBus`.
    ///   - tell: called on that loop; a purge that another replica made, or that some were missed.
    init(
        _ settings: RedisSettings, resolver: Resolver, log: Logger, on loop: any EventLoop, known: Int64? = nil,
        _ tell: @escaping @Sendable (InvalidationBus.Heard) -> Void
    ) {
        self.settings = settings
        redis = Redis(settings, resolver: resolver, log: log)
        bus = InvalidationBus(redis, marks: marks, on: loop, known: known, clock: { Configurator.now() }, tell)
        bus.start()
    }

    /// Ends all connections; what is under way finds nothing.
    func stop() {
        bus.stop()
        let all = perLoop.withLock { known in
            defer { known = [:] }
            return Array(known.values)
        }
        for entries in all { entries.client.stop() }
    }

    /// Why it is of no use at the moment, in words; nil where it is.
    var trouble: String? { redis.trouble?.reason }

    /// `InvalidationBus.count`.
    var epoch: Int64? { bus.count }

    /// What this loop finds there and keeps there. The connection is made at the first call: call it at a loop's start,
    /// or the first requests find nothing.
    func entries(on loop: any EventLoop) -> RedisEntries {
        let id = ObjectIdentifier(loop)
        return perLoop.withLock { known in
            if let entries = known[id] { return entries }
            let client = redis.client(on: loop)
            client.start()
            let entries = RedisEntries(client, budget: .nanoseconds(settings.timeout.nanoseconds), marks: marks)
            known[id] = entries
            return entries
        }
    }

    // MARK: a layer

    /// - Parameter selecting: `RedisEntries.find`.
    func find(
        _ name: CacheName, on loop: Loop, selecting: @escaping ([[UInt8]]) -> [UInt8]?,
        _ done: @escaping (RedisEntries.Found) -> Void
    ) {
        entries(on: loop.eventLoop).find(name, selecting: selecting, done)
    }

    func store(_ answer: StoredAnswer, _ name: CacheName, until: Int64, on loop: Loop) {
        entries(on: loop.eventLoop).store(answer, name, until: until, now: loop.wallMilliseconds)
    }

    /// On this Redis alone, without telling anybody: the entry is known to be of no use.
    func remove(_ name: CacheName, on loop: Loop) { entries(on: loop.eventLoop).remove(name) }

    /// From Redis, and from all replicas but this one, which has done it already. From anywhere.
    func purge(_ purge: Purge, _ done: @escaping @Sendable (InvalidationBus.Outcome) -> Void = { _ in }) {
        bus.purge(purge, done)
    }
}
