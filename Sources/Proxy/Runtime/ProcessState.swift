internal import Balancer
internal import Settings
internal import Logging
internal import NIOCore
internal import Synchronization
internal import Telemetry

/// What is true of the whole process: how much is open, whether it stops, where its lines go.
final class ProcessState: Sendable {
    let sink: LogSink
    let log: Logger
    let addresses: AddressBook
    let discovery: DiscoveryBoard
    let byHand = AgentsByHand()
    let tls: AgentTLS
    let edge: EdgeTLS
    let queues: PoolQueues
    let sessions = SessionTable()
    let caches: Caches
    let tiers: SemanticTiers
    let overload: Overload
    private let signing = Mutex<[UInt8]>([])
    private let shared = Mutex<(settings: RedisSettings, redis: Redis)?>(nil)
    private let limiting = Mutex<(settings: RedisSettings, redis: Redis)?>(nil)
    let limits = LimitFigures()
    let loopCount: Int
    /// Unix seconds.
    let startTime: Double
    private let exchanges = Atomic<Int>(0)
    private let connections = Atomic<Int>(0)
    private let heldBytes = Atomic<Int>(0)
    private let exchangeLimit: Atomic<Int>
    private let heldLimit: Atomic<Int>
    private let connectionLimit: Atomic<Int>
    private let addressLimit: Atomic<Int>
    private let accessLog: Atomic<Bool>
    private let draining = Atomic<Bool>(false)
    private let warned = Atomic<Bool>(false)
    private let perAddress = Mutex<[[UInt8]: Int]>([:])
    private let current: Mutex<Generation>
    private let allLoops = Mutex<[Loop]>([])
    private let operators = Mutex<Desk?>(nil)
    private let cacheTools = Mutex<(any CacheOperations)?>(nil)
    private let reloads = Mutex(ReloadFacts())

    init(
        _ generation: Generation, sink: LogSink, log: Logger, loopCount: Int, startTime: Double,
        discovery: DiscoveryBoard = DiscoveryBoard(), resolver: Resolver? = nil
    ) {
        self.discovery = discovery
        self.sink = sink
        self.log = log
        tls = AgentTLS(log)
        edge = EdgeTLS(log)
        self.loopCount = loopCount
        self.startTime = startTime
        let settings = generation.settings
        queues = PoolQueues(settings)
        overload = Overload(settings, loops: loopCount)
        let resolver = resolver ?? Resolver(settings.agents.resolver)
        addresses = AddressBook(resolver)
        caches = Caches(resolver, log: log)
        tiers = SemanticTiers(log: log, tls: tls)
        exchangeLimit = Atomic(settings.performance.maxConcurrentRequests)
        heldLimit = Atomic(settings.performance.bodyMemory.bytes)
        connectionLimit = Atomic(settings.http.limits.maxConnections)
        addressLimit = Atomic(settings.http.limits.connectionsPerAddress)
        accessLog = Atomic(settings.logging.accessLog)
        current = Mutex(generation)
        caches.adopt(settings.cache, generation.labels)
        tiers.follow(generation)
        generation.authenticator.start(after: nil, tls: tls, log: log)
        sign(with: settings.secrets.hmac.map { Array($0.value.utf8) } ?? (0..<32).map { _ in .random(in: 0...255) })
    }

    var generation: Generation { current.withLock { $0 } }

    /// Takes over what a generation says of the whole process.
    func adopt(_ generation: Generation) {
        let settings = generation.settings
        exchangeLimit.store(settings.performance.maxConcurrentRequests, ordering: .relaxed)
        heldLimit.store(settings.performance.bodyMemory.bytes, ordering: .relaxed)
        connectionLimit.store(settings.http.limits.maxConnections, ordering: .relaxed)
        addressLimit.store(settings.http.limits.connectionsPerAddress, ordering: .relaxed)
        accessLog.store(settings.logging.accessLog, ordering: .relaxed)
        addresses.resolver.adopt(settings.agents.resolver)
        // nobody is counted down while there is no limit
        if settings.http.limits.connectionsPerAddress == 0 { perAddress.withLock { $0 = [:] } }
        caches.adopt(settings.cache, generation.labels)
        overload.adopt(settings)
        tiers.follow(generation)
        let before = self.generation.authenticator
        if before !== generation.authenticator { generation.authenticator.start(after: before, tls: tls, log: log) }
        generation.limits.commit(now: Loop.monotonic())
        current.withLock { $0 = generation }
        queues.adopt(generation)
        if let given = settings.secrets.hmac { sign(with: Array(given.value.utf8)) }
    }

    /// The server's secret: signs cookies.
    var secret: [UInt8] { signing.withLock { $0 } }
    func sign(with secret: [UInt8]) {
        signing.withLock { $0 = secret }
        caches.secret.withLock { $0 = secret }
    }

    /// The Redis of these settings, one for all loops; nil where they name none.
    func redis(_ settings: RedisSettings) -> Redis? { redis(settings, shared) }

    /// The same for limits that replicas share.
    func limitRedis(_ settings: RedisSettings) -> Redis? { redis(settings, limiting) }

    private func redis(
        _ settings: RedisSettings, _ place: borrowing Mutex<(settings: RedisSettings, redis: Redis)?>
    ) -> Redis? {
        place.withLock { known in
            guard settings.endpoint != nil else {
                known = nil
                return nil
            }
            if let known, known.settings == settings { return known.redis }
            let made = Redis(settings, resolver: addresses.resolver, log: log)
            known = (settings, made)
            return made
        }
    }

    /// Why the Redis that sessions are shared through does not serve; nil where it does, or there is none.
    var redisTrouble: String? { shared.withLock { $0?.redis.trouble.map { "\($0)" } } }

    /// The same of the Redis that limits are counted in.
    var limitTrouble: String? { limiting.withLock { $0?.redis.trouble.map { "\($0)" } } }

    /// What became of changes so far.
    var reloadFacts: ReloadFacts { reloads.withLock { $0 } }
    func note(_ facts: ReloadFacts) { reloads.withLock { $0 = facts } }

    /// Where operators are served; nil until the proxy has started.
    var desk: Desk? { operators.withLock { $0 } }
    func open(_ desk: Desk?) { operators.withLock { $0 = desk } }

    /// What operators do with the cache; nil until the proxy has started.
    var cacheOperations: (any CacheOperations)? { cacheTools.withLock { $0 } }
    func open(_ operations: any CacheOperations) { cacheTools.withLock { $0 = operations } }

    var loops: [Loop] { allLoops.withLock { $0 } }
    func add(_ loop: Loop) { allLoops.withLock { $0.append(loop) } }

    // MARK: exchanges

    func exchangeBegan() { exchanges.wrappingAdd(1, ordering: .relaxed) }
    func exchangeEnded() { exchanges.wrappingSubtract(1, ordering: .relaxed) }
    var openExchanges: Int { exchanges.load(ordering: .relaxed) }
    var maxConcurrentRequests: Int { exchangeLimit.load(ordering: .relaxed) }
    /// The exchange that asks is counted already.
    var isOverloaded: Bool { openExchanges > maxConcurrentRequests }
    var logsAccess: Bool { accessLog.load(ordering: .relaxed) }

    // MARK: bodies of requests that are held

    /// In bytes.
    var bodyMemory: Int { heldLimit.load(ordering: .relaxed) }

    /// Counts bytes that are held until `bodyReleased`. False: with them, more are held than may be.
    func bodyHeld(_ bytes: Int) -> Bool {
        heldBytes.wrappingAdd(bytes, ordering: .relaxed).newValue <= bodyMemory
    }

    func bodyReleased(_ bytes: Int) { heldBytes.wrappingSubtract(bytes, ordering: .relaxed) }

    // MARK: connections

    var maxConnections: Int { connectionLimit.load(ordering: .relaxed) }
    var openConnections: Int { connections.load(ordering: .relaxed) }

    /// Counts a client connection; false when there are too many, in all or from its address.
    func connectionOpened(_ address: [UInt8]) -> Bool {
        let limit = connectionLimit.load(ordering: .relaxed)
        let open = connections.wrappingAdd(1, ordering: .relaxed).newValue
        if open * 10 >= limit * 9 {
            if !warned.exchange(true, ordering: .relaxed) {
                log.warning(
                    "client connections are at 90 % of http.limits.maxConnections; raise it or add a replica",
                    metadata: ["open": "\(open)", "limit": "\(limit)"])
            }
        } else if open * 10 < limit * 8, warned.load(ordering: .relaxed) {
            warned.store(false, ordering: .relaxed)
        }
        guard !address.isEmpty else { return open <= limit }
        // counted without a limit too: one may come while they are open
        let ofAddress = perAddress.withLock { counts in
            let count = (counts[address] ?? 0) + 1
            counts[address] = count
            return count
        }
        let most = addressLimit.load(ordering: .relaxed)
        return open <= limit && (most == 0 || ofAddress <= most)
    }

    /// Takes back what `connectionOpened` counted, whatever it answered.
    func connectionClosed(_ address: [UInt8]) {
        connections.wrappingSubtract(1, ordering: .relaxed)
        guard !address.isEmpty else { return }
        perAddress.withLock { counts in
            guard let count = counts[address] else { return }
            counts[address] = count > 1 ? count - 1 : nil
        }
    }

    // MARK: stopping

    var isDraining: Bool { draining.load(ordering: .relaxed) }
    func startDraining() { draining.store(true, ordering: .relaxed) }
}
