internal import Settings
internal import Balancer
internal import Cache
internal import Glibc
internal import Logging
internal import NIOCore
internal import Semantics
internal import Telemetry
internal import Wire

/// One event loop's world: its runtime, its clock, its buffers, its counters, its connections to agents.
///
/// Everything of an exchange happens on one loop, so nothing here is locked. Touched on its loop only, apart from the
/// constants; `Sendable` because closures that run on the loop carry it there.
final class Loop: @unchecked Sendable {
    let index: Int
    let eventLoop: any EventLoop
    let process: ProcessState
    private(set) var runtime: LoopRuntime
    /// Of the runtime, and of older ones that something open is left of.
    var shares: [GenerationShare] = []
    /// Monotonic nanoseconds at the last look, which every event of a connection takes.
    private(set) var now: Int64
    let reads = SpareBuffers(size: 256 * 1024, kept: 8)
    let writes = SpareBuffers(size: 16 * 1024, kept: 8)
    /// Frames of HTTP/2 connections, collected over one turn.
    let frames = SpareBuffers(size: HTTP2Outlet.collected * 2, kept: 4)
    var wheel: DeadlineWheel
    let counters: LoopCounters
    var random: SplitMix64
    var clients: [ObjectIdentifier: any OpenClient] = [:]
    /// Of TLS, that are under way.
    var handshakes: [ObjectIdentifier: ClientHandshake] = [:]
    let handshakeTurns: Turns
    /// Of what begins a request of HTTP/2.
    let requestTurns: Turns
    var waitingRequests = 0
    /// Who is at the other end of connections that a load balancer passes on, where it told so (the PROXY protocol).
    private var told: [ObjectIdentifier: SocketAddress] = [:]
    /// Kept connections and facts of agents, by agent; they outlive generations.
    private var upstreams: [String: Upstream] = [:]
    /// For sessions that replicas share.
    var redis: RedisClient?
    var redisSettings = RedisSettings()
    /// What is turned away now, the same on all loops.
    @inline(__always)
    var shedding: OverloadMonitor.Level { process.overload.level }
    /// Where connections are accepted, and whether some wait for descriptors.
    var gates: [AcceptGate] = []
    var holdsAccepts = false
    var idleLooks = 0
    /// Crowds that have gone, so far.
    var ebbs = 0
    private var ticked: Int64 = 0
    /// For limits that replicas share.
    var limitRedis: RedisClient?
    var limitRedisSettings = RedisSettings()
    /// Those that wait while Redis is asked for another request of the same count.
    var limitWaits: [SharedKey: [(LimitAnswer) -> Void]] = [:]
    /// All kept connections of this loop.
    var idleUpstreams = 0
    private var spareExchanges: [Exchange] = []
    /// For what a request is called in the cache.
    var cacheKey = KeyText()
    private var spareLines: [UInt8] = []
    /// For judging texts; made for the first that is.
    private(set) lazy var judging = JudgeScratch()
    var cacheLookups: UInt64 = 0
    /// Nanoseconds of the last lookup, where it was timed.
    var lookupTime: Int64?
    private var accessSampler: Sampler
    private var accessLines: AccessLine
    private var accessBuffer = LineBuffer(capacity: 4096)
    /// `Date: ...` with its CR LF, of the current second.
    private(set) var dateField: [UInt8] = []
    private var dateSecond: Int64 = -1
    private var wallOffset: Int64 = 0
    private var serial: UInt64 = 0
    private var tickTask: RepeatedTask?

    init(index: Int, eventLoop: any EventLoop, process: ProcessState, generation: Generation) {
        self.index = index
        self.eventLoop = eventLoop
        handshakeTurns = Turns(eventLoop, share: Turns.handshakes)
        requestTurns = Turns(eventLoop, share: Turns.requests)
        self.process = process
        now = Self.monotonic()
        wheel = DeadlineWheel(now: now)
        counters = LoopCounters(labels: generation.labels)
        random = SplitMix64(seed: UInt64.random(in: .min ... .max))
        accessLines = AccessLine(labels: generation.labels)
        accessSampler = Sampler(generation.settings.logging.sampling, shares: process.loopCount)
        runtime = LoopRuntime(generation)
        runtime.settle(on: self, after: nil)
        refreshDate()
        follow(generation.settings.loadBalancing.affinity.redis)
        countsLimits(in: generation.limits.redis)
    }

    static func monotonic() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }

    /// A moment so many nanoseconds later; `.max` is never.
    func after(_ nanoseconds: Int64, from moment: Int64? = nil) -> Int64 {
        let (sum, isOver) = (moment ?? now).addingReportingOverflow(nanoseconds)
        return isOver ? .max : sum
    }

    /// Looks at the clock.
    @inline(__always)
    func touch() { now = Self.monotonic() }

    var wallMilliseconds: Int64 { (now + wallOffset) / 1_000_000 }

    // MARK: ticks

    func startTicking() {
        tickTask = eventLoop.scheduleRepeatedTask(initialDelay: .milliseconds(100), delay: .milliseconds(100)) {
            [self] _ in tick()
        }
    }

    func stopTicking() {
        tickTask?.cancel()
        tickTask = nil
        redis?.stop()
        limitRedis?.stop()
        flushAccessLog()
    }

    private func tick() {
        touch()
        refreshDate()
        watchOverload(sinceLast: ticked > 0 ? now &- ticked : 0)
        var expired: [Timed] = []
        wheel.advance(now: now, expired: &expired)
        for entry in expired where entry.isStillDue(now) { entry.deadlinePassed(now: now) }
        if index == 0, !process.queues.isQuiet { process.queues.tick(now) }
        flushAccessLog()
        // the next tick is a pause after this one's end
        ticked = Self.monotonic()
    }

    private func refreshDate() {
        var wall = timespec()
        clock_gettime(CLOCK_REALTIME, &wall)
        wallOffset = Int64(wall.tv_sec) * 1_000_000_000 + Int64(wall.tv_nsec) - now
        guard Int64(wall.tv_sec) != dateSecond else { return }
        dateSecond = Int64(wall.tv_sec)
        dateField.removeAll(keepingCapacity: true)
        dateField += "Date: ".utf8
        HTTPDate.append(dateSecond, to: &dateField)
        dateField += "\r\n".utf8
    }

    // MARK: who connects

    /// The client's address of a connection: what a PROXY header said, else the peer's.
    func remoteAddress(of context: ChannelHandlerContext) -> SocketAddress? {
        if !told.isEmpty, let client = told[ObjectIdentifier(context.channel)] { return client }
        // as it was when it was accepted: the socket forgets it when the connection breaks off
        return context.channel.remoteAddress
    }

    /// It was gone before it was accepted, so nobody knows whose it was: it must not pass for one over a local socket.
    func isNameless(_ context: ChannelHandlerContext) -> Bool {
        guard remoteAddress(of: context) == nil else { return false }
        if case .unixDomainSocket = context.channel.localAddress { return false }
        return true
    }

    func tell(_ client: SocketAddress, isAtOtherEndOf channel: any Channel) {
        let id = ObjectIdentifier(channel)
        told[id] = client
        channel.closeFuture.whenComplete { [weak self] _ in self?.told[id] = nil }
    }

    // MARK: exchanges

    func newExchange() -> Exchange {
        serial &+= 1
        let exchange = spareExchanges.popLast() ?? Exchange(self)
        exchange.start(serial: serial)
        return exchange
    }

    /// Memory for field lines, empty; `giveBackLines` when they are written.
    func takeLines() -> [UInt8] {
        var lines: [UInt8] = []
        swap(&lines, &spareLines)
        return lines
    }

    func giveBackLines(_ lines: inout [UInt8]) {
        lines.removeAll(keepingCapacity: true)
        swap(&lines, &spareLines)
    }

    func recycle(_ exchange: Exchange) {
        exchange.reset()
        if spareExchanges.count < 256 { spareExchanges.append(exchange) }
    }

    /// Nobody needs them now, and they are made anew.
    func dropSpares() {
        spareExchanges = []
        reads.drop()
        frames.drop()
        writes.drop()
    }

    // MARK: generations

    /// Runs another generation from now on; what is open keeps what it started with. Answers with the runtime that was,
    /// which is large: its end belongs elsewhere.
    func adopt(_ fresh: LoopRuntime) -> LoopRuntime {
        let generation = fresh.generation
        counters.adopt(generation.labels)
        accessLines.adopt(generation.labels)
        if generation.settings.logging.sampling != runtime.generation.settings.logging.sampling {
            accessSampler = Sampler(generation.settings.logging.sampling, shares: process.loopCount)
        }
        let fleet = generation.fleet
        for (id, upstream) in upstreams {
            if fleet.agent(id)?.endpoint == upstream.endpoint {
                upstream.update(generation)
            } else {
                upstream.retire()
                upstreams[id] = nil
            }
        }
        follow(generation.settings.loadBalancing.affinity.redis)
        countsLimits(in: generation.limits.redis)
        fresh.settle(on: self, after: runtime)
        let before = runtime
        runtime = fresh
        return before
    }

    func upstream(for agent: Agent, generation: Generation) -> Upstream {
        // an exchange that began under an earlier generation may ask for what that had: what is now stays as it is
        let isCurrent = generation.number >= runtime.generation.number
        if let known = upstreams[agent.id], known.endpoint == agent.endpoint {
            if isCurrent { known.update(generation) }
            return known
        }
        guard isCurrent else {
            let passing = Upstream(agent, self, generation)
            passing.retire()
            return passing
        }
        upstreams[agent.id]?.retire()
        let fresh = Upstream(agent, self, generation)
        upstreams[agent.id] = fresh
        return fresh
    }

    /// Tells the clients of one share that the proxy stops.
    func drainClients(step: Int, of steps: Int) {
        touch()
        for (position, client) in Array(clients.values).enumerated() where step == steps - 1 || position % steps == step
        {
            client.drain()
        }
    }

    func cutClients() {
        touch()
        for client in Array(clients.values) { client.cut() }
    }

    func closeIdleUpstreams() {
        for upstream in upstreams.values { upstream.closeIdle() }
    }

    // MARK: access log

    func logAccess(_ facts: borrowing AccessFacts) {
        guard accessSampler.admits(key: 1, second: now / 1_000_000_000) else {
            counters.add(1, to: .accessLinesSampledOut)
            return
        }
        accessLines.append(facts, to: &accessBuffer)
        if accessBuffer.count > 64 * 1024 { flushAccessLog() }
    }

    private func flushAccessLog() {
        guard !accessBuffer.isEmpty else { return }
        process.sink.write(accessBuffer.bytes)
        accessBuffer.removeAll()
    }
}
