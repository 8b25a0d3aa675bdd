internal import Telemetry
internal import Balancer
internal import Cache
internal import Glibc
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import Settings

/// The running proxy: its loops, listeners and probes, from start to the end of its drain.
package actor Server {
    let process: ProcessState
    private let group: MultiThreadedEventLoopGroup
    var listeners: [Listener] = []
    /// Those that another generation left, until they are closed.
    var closing: [Listener] = []
    var probes: [Probe] = []
    let polls = ReportPolls()
    let discovery: Discovery
    private var resolving: Task<Void, Never>?
    private var warming: Task<Void, Never>?
    var control: Configurator?
    var watch: FileWatch?
    let log: Logger

    private init(
        _ process: ProcessState, _ group: MultiThreadedEventLoopGroup, _ discovery: Discovery, _ log: Logger
    ) {
        self.process = process
        self.discovery = discovery
        self.group = group
        self.log = log
    }

    /// Starts everything that the settings ask for. Throws a `ListenFailure` where an address cannot be had; nothing is
    /// left running then.
    package static func start(_ settings: GatewaySettings, sink: LogSink) async throws -> Server {
        try await start(settings, sink: sink) { _ in }
    }

    /// `furnish` is called before anybody can connect.
    static func start(
        _ settings: GatewaySettings, sink: LogSink, furnish: @Sendable (isolated Server) -> Void
    ) async throws -> Server {
        raiseDescriptorLimit()
        let log = Logger(label: "clawproxy") { JSONLogHandler(label: $0, sink: sink) }
        let count = settings.performance.workerThreads > 0 ? settings.performance.workerThreads : System.coreCount
        let group = MultiThreadedEventLoopGroup(numberOfThreads: count)
        var wall = timespec()
        clock_gettime(CLOCK_REALTIME, &wall)
        let board = DiscoveryBoard()
        let resolver = Resolver(settings.agents.resolver)
        let tools = DiscoveryTools.live(resolver)
        let discovery = Discovery(board: board, log: log) { tools.plans($0) }
        let found = await discovery.agents(for: settings.agents.discovery, patience: Discovery.startPatience)
        await discovery.keep(settings.agents.discovery)
        let generation = Generation(settings, found: found, previous: nil)
        let process = ProcessState(
            generation, sink: sink, log: log, loopCount: count, startTime: Double(wall.tv_sec), discovery: board,
            resolver: resolver)
        let server = Server(process, group, discovery, log)
        await furnish(server)
        do {
            try await server.open(generation)
        } catch {
            await server.end()
            throw error
        }
        await discovery.begin { [weak server] in await server?.takeFound() }
        return server
    }

    private func open(_ generation: Generation) async throws {
        let settings = generation.settings
        if settings.performance.eventLoop == .ioUring {
            log.notice("performance.eventLoop io_uring runs on epoll: it brings nothing for a proxy")
        }
        let endpoints = generation.fleet.agents.map(\.endpoint)
        process.tls.prepare(settings.agents, generation.fleet.agents)
        process.edge.adopt(settings.http, try process.edge.prepare(settings.http))
        await process.addresses.resolve(endpoints, log: log)
        var index = 0
        for eventLoop in group.makeIterator() {
            let position = index
            let process = self.process
            let loop = try await eventLoop.submit { () -> Loop in
                let loop = Loop(index: position, eventLoop: eventLoop, process: process, generation: generation)
                loop.startTicking()
                return loop
            }.get()
            process.add(loop)
            index += 1
        }
        process.caches.open(process.loops, settings.cache, generation.labels)
        process.open(CacheTools(process: process) as any CacheOperations)
        for wanted in WantedListener.all(of: settings) { listeners.append(try await bind(wanted, isStart: true)) }
        adoptProbes(of: generation)
        warming = CacheTools(process: process).warm(settings.cache.warm, log)
        resolving = Task.detached { [process] in
            await process.addresses.follow(log: process.log) { process.generation.fleet.agents.map(\.endpoint) }
        }
    }

    /// The ports of the public listeners, in the order of `http.listen`; the admin listener's first when asked for.
    package func ports(admin: Bool = false) -> [Int] {
        listeners.filter { $0.door == (admin ? .admin : .clients) }.map(\.port)
    }

    // MARK: stopping

    /// Stops as `behaviour.md` says: health tells it, listeners close after `delay`, kept connections close spread over
    /// ten seconds, running exchanges end, tunnels last until `http.timeouts.shutdown` and get 1012 then.
    package func drain(announce: Duration = .seconds(5), spread: Duration = .seconds(10)) async {
        guard !process.isDraining else { return }
        process.startDraining()
        let limit = process.generation.settings.http.timeouts.shutdown
        log.notice("draining", metadata: ["shutdown": "\(limit)", "exchanges": "\(process.openExchanges)"])
        let clock = ContinuousClock()
        let start = clock.now
        await pause(min(announce, limit))
        for listener in listeners where listener.door == .clients || listener.door == .redirect {
            await listener.close()
        }
        for probe in probes { probe.stop() }
        await closeConnections(over: min(spread, limit / 3))
        while clock.now - start < limit, process.openConnections > 0 {
            await pause(.milliseconds(50))
        }
        await cutConnections()
        await pause(.milliseconds(process.openConnections > 0 ? 300 : 0))
        log.notice("stopped", metadata: ["cut": "\(process.openExchanges)"])
        await end()
    }

    private func pause(_ time: Duration) async {
        if time > .zero { try? await Task.sleep(for: time) }
    }

    /// Tells connections to end after their answer, a tenth of them at a time, so that clients do not all come back at once.
    private func closeConnections(over time: Duration) async {
        let steps = 10
        for step in 0..<steps {
            for loop in process.loops {
                try? await loop.eventLoop.submit { loop.drainClients(step: step, of: steps) }.get()
            }
            if process.openConnections == 0 { return }
            if step < steps - 1 { await pause(time / steps) }
        }
    }

    private func cutConnections() async {
        for loop in process.loops {
            try? await loop.eventLoop.submit { loop.cutClients() }.get()
        }
    }

    /// Ends at once.
    package func end() async {
        resolving?.cancel()
        warming?.cancel()
        polls.stop()
        await discovery.end()
        watch?.stop()
        process.edge.stop()
        await control?.end()
        control = nil
        process.open(nil)
        for listener in listeners
        where (listener.door != .clients && listener.door != .redirect) || !process.isDraining {
            await listener.close(gently: false)
        }
        listeners = []
        for loop in process.loops {
            try? await loop.eventLoop.submit {
                loop.cutClients()
                loop.closeIdleUpstreams()
                loop.stopTicking()
            }.get()
        }
        process.caches.stop()
        process.tiers.close()
        process.generation.authenticator.stop()
        process.sink.stop()
        try? await group.shutdownGracefully()
    }

    /// As many descriptors as the hard limit allows: a proxy needs two a connection.
    private static func raiseDescriptorLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < limit.rlim_max
        else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
