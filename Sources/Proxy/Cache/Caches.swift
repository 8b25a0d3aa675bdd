internal import Balancer
internal import Cache
internal import Logging
internal import NIOCore
internal import Semantics
internal import Settings
internal import Synchronization
internal import Telemetry
internal import Wire

/// The cache of the process: its layers, which outlive generations, what is being fetched, and what is known not to be
/// kept, or to be valid no longer.
final class Caches: Sendable {
    let fills = FillTable()
    let marks = UncacheableMarks()
    let invalidations = Invalidations()
    /// Purges of a moment ago: what was asked for before them, and comes now, is not kept.
    let purged = PurgeMarks()
    /// Prompts of what is kept under strategy `semantic`. They outlive what they stand for until somebody looks for it.
    let similar = SimilarPrompts()
    /// Of names; as `ProcessState.secret`.
    let secret = Mutex<[UInt8]>([])
    private let log: Logger
    private let resolver: Resolver
    private let current = Mutex(CacheLayers())
    /// Where replicas are heard; nil until there are loops.
    private let home = Mutex<(any EventLoop)?>(nil)

    init(_ resolver: Resolver, log: Logger) {
        self.resolver = resolver
        self.log = log
    }

    var layers: CacheLayers { current.withLock { $0 } }

    /// The layers of a generation. Stores in which nothing changed stay with what they hold; bounds change in place.
    func adopt(_ settings: CacheSettings, _ labels: CounterLabels) {
        current.withLock { known in
            known = make(settings, labels, known)
        }
    }

    private func make(_ settings: CacheSettings, _ labels: CounterLabels, _ known: CacheLayers) -> CacheLayers {
        var memories: [CacheLayers.Memory] = []
        for layer in settings.stores where layer.type == .memory {
            let name = layer.name ?? CacheLayerKind.memory.rawValue
            let before = known.memories.first { $0.name == name && $0.settings.policy == layer.policy }
            if let before {
                before.store.resize(
                    maxEntries: layer.mostEntries, maxBytes: layer.mostBytes, maxObject: layer.maxObject.bytes)
            }
            let store =
                before?.store
                ?? MemoryStore(
                    maxEntries: layer.mostEntries, maxBytes: layer.mostBytes, maxObject: layer.maxObject.bytes,
                    policy: layer.policy)
            let label = labels.layers.firstIndex(of: name) ?? -1
            memories.append(CacheLayers.Memory(settings: layer, name: name, store: store, label: label))
        }
        return CacheLayers(memories: memories, distants: distants(settings, labels, known))
    }

    private func distants(
        _ settings: CacheSettings, _ labels: CounterLabels, _ known: CacheLayers
    ) -> [CacheLayers.Distant] {
        var distants: [CacheLayers.Distant] = []
        for layer in settings.stores where layer.type != .memory {
            let name = layer.name ?? layer.type.rawValue
            let before = known.distants.first { $0.name == name && $0.settings.isSamePlace(as: layer) }
            guard let made = before?.layer ?? make(layer) else { continue }
            let label = labels.layers.firstIndex(of: name) ?? -1
            distants.append(CacheLayers.Distant(settings: layer, name: name, layer: made, label: label))
        }
        for old in known.distants where !distants.contains(where: { $0.layer === old.layer }) { old.layer.stop() }
        return distants
    }

    private func make(_ layer: CacheLayerSettings) -> (any DistantLayer)? {
        switch layer.type {
        case .memory: return nil
        case .disk:
            return DiskLayer(
                DiskStore(
                    directory: layer.directory ?? "~/.openclaw/cache", maxEntries: layer.mostEntries,
                    maxBytes: layer.mostBytes, maxObject: layer.maxObject.bytes, policy: layer.policy, log: log))
        case .redis:
            guard let loop = home.withLock({ $0 }) else { return nil }
            return RedisLayer(layer.redis, resolver: resolver, log: log, on: loop) { [weak self] heard in
                self?.heard(heard)
            }
        }
    }

    /// The loops are there: what needs one begins.
    func open(_ loops: [Loop], _ settings: CacheSettings, _ labels: CounterLabels) {
        home.withLock { $0 = loops.first?.eventLoop }
        adopt(settings, labels)
        for distant in layers.distants {
            for loop in loops { distant.layer.prepare(on: loop.eventLoop) }
        }
    }

    func stop() {
        for distant in layers.distants { distant.layer.stop() }
    }

    // MARK: removing

    /// What a replica has removed, or nobody knows what.
    private func heard(_ heard: InvalidationBus.Heard) {
        switch heard {
        case .purge(let purge):
            // what every unsafe request of another replica tells must not cost a look at every entry
            if case .url(let address) = purge.selection, !purge.isSoft { return outdate(address, purge) }
            look(for: purge)
        case .missed: look(for: Purge(.all, at: .max))
        }
    }

    /// A look at every entry, which no loop is to wait for.
    private func look(for purge: Purge) {
        Task.detached { [self] in _ = clear(purge) }
    }

    private func outdate(_ address: CacheAddress, _ purge: Purge) {
        purged.add(purge.selection, at: purge.at, now: Configurator.now())
        let hash = AddressHash.of(address)
        closeFills { $0.ask.address == hash }
        invalidations.invalidate(hash, now: purge.at, isOurs: false)
    }

    /// Removes from memory, and tells how many by layer. What is being fetched meanwhile is not kept.
    func clear(_ purge: Purge) -> [(name: String, removed: Int)] {
        let secret = self.secret.withLock { $0 }
        let now = Configurator.now()
        purged.add(purge.selection, at: min(purge.at, now), now: now)
        closeFills { _ in true }
        return layers.memories.map { memory in
            let isMeant: (StoredAnswer) -> Bool = { answer in
                answer.facts.requested <= purge.at
                    && purge.selection.selects(answer, named: CacheName(of: answer, secret: secret)?.logical ?? [])
            }
            let removed =
                purge.isSoft
                ? memory.store.softPurge(now: purge.at, where: isMeant) : memory.store.removeAll(where: isMeant)
            return (memory.name, removed)
        }
    }

    /// What is kept of these addresses serves no longer, whatever rule, tenant or variant it is of: here at once. True: there
    /// is nobody else to tell; else `done` is called when all that can be reached have been told, on any thread.
    func invalidate(
        _ targets: [[UInt8]], _ head: RequestHead, on loop: Loop, _ done: @escaping @Sendable () -> Void
    ) -> Bool {
        let now = loop.wallMilliseconds
        let layers = self.layers
        let addresses = targets.map { AddressHash.of(host: head.host, target: $0) }
        closeFills { addresses.contains($0.ask.address) }
        for address in addresses {
            invalidations.invalidate(address, now: now, isOurs: layers.distants.isEmpty)
        }
        let shared = layers.distants.compactMap { $0.layer as? RedisLayer }
        guard !shared.isEmpty else { return true }
        let remaining = Remaining(shared.count * targets.count)
        for target in targets {
            let address = CacheAddress(
                authority: String(decoding: head.host, as: UTF8.self), target: String(decoding: target, as: UTF8.self))
            for redis in shared {
                redis.purge(Purge(.url(address), at: now)) { _ in
                    if remaining.isLast { done() }
                }
            }
        }
        return false
    }

    /// What is being fetched is of before a change: nobody joins it any more.
    private func closeFills(where isMeant: (Fill) -> Bool) {
        for fill in fills.all where isMeant(fill) {
            fill.close()
            fills.end(fill)
        }
    }

    /// One entry, from every layer.
    func drop(_ key: CacheKey, _ name: CacheName?, on loop: Loop) {
        let layers = self.layers
        for memory in layers.memories { _ = memory.store.remove(key) }
        guard let name else { return }
        for distant in layers.distants { distant.layer.remove(name, on: loop) }
    }
}

/// Counts down what is under way.
private final class Remaining: Sendable {
    private let count: Atomic<Int>

    init(_ count: Int) { self.count = Atomic(count) }

    /// One is done; true: it was the last.
    var isLast: Bool { count.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue == 0 }
}

extension CacheLayerSettings {
    /// What the layer holds is where these settings say.
    func isSamePlace(as other: CacheLayerSettings) -> Bool {
        type == other.type && redis == other.redis && directory == other.directory && policy == other.policy
            && mostEntries == other.mostEntries && mostBytes == other.mostBytes && maxObject == other.maxObject
    }
}

/// A hash of authority, path and query: what an unsafe method makes invalid is found by it.
enum AddressHash {
    static func of(host: UnsafeRawBufferPointer, target: [UInt8]) -> UInt64 {
        var hash = start(host)
        for byte in target { hash = step(hash, byte) }
        return StableHash.mix(hash)
    }

    static func of(_ address: CacheAddress) -> UInt64 {
        var host = address.authority
        return host.withUTF8 { of(host: UnsafeRawBufferPointer($0), target: Array(address.target.utf8)) }
    }

    static func of(_ head: RequestHead) -> UInt64 {
        var hash = start(head.host)
        for byte in head.path { hash = step(hash, byte) }
        if head.hasQuery {
            hash = step(hash, 0x3F)
            for byte in head.query { hash = step(hash, byte) }
        }
        return StableHash.mix(hash)
    }

    private static func start(_ host: UnsafeRawBufferPointer) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in host { hash = step(hash, ByteClass.lower(byte)) }
        return step(hash, 0)
    }

    @inline(__always)
    private static func step(_ hash: UInt64, _ byte: UInt8) -> UInt64 { (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
}
