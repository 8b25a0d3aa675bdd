internal import Settings
internal import Telemetry
internal import Balancer
internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import Wire

/// One loop's connections to one agent: those that are kept, and how new ones are made. Outlives generations.
final class Upstream {
    let agent: Agent
    let endpoint: Endpoint
    let loop: Loop
    /// Index in the counters' labels.
    private(set) var label: Int
    let authority: [UInt8]
    /// When an answer's report of the agent's load was last read here.
    var lastReport: Int64 = 0
    /// Newest last: the one used last is the one that the agent closes last.
    private var idle: [UpstreamConnection] = []
    private(set) var idleNanoseconds: Int64
    private var maxAge: Int64
    /// Nil: the agent is reached over HTTP/1.1.
    private(set) var http2: HTTP2Agent?
    private var mostIdle: Int
    private var mostIdleOnLoop: Int
    private var connectTimeout: TimeAmount
    /// How the agent is known; nil where it is reached without TLS.
    private var tls: AgentTLSSettings?
    /// The configuration names the agent no more: what is open ends, nothing is kept.
    private var isRetired = false

    init(_ agent: Agent, _ loop: Loop, _ generation: Generation) {
        self.agent = agent
        endpoint = agent.endpoint
        self.loop = loop
        authority = Array(agent.endpoint.authority.utf8)
        label = generation.agentLabels[agent.id] ?? -1
        idleNanoseconds = 0
        maxAge = .max
        mostIdle = 1
        mostIdleOnLoop = 1
        connectTimeout = .seconds(10)
        update(generation)
    }

    /// Takes what another generation says of pools and timeouts.
    func update(_ generation: Generation) {
        let pool = generation.settings.agents.connectionPool
        let loops = max(1, loop.process.loopCount)
        label = generation.agentLabels[agent.id] ?? -1
        idleNanoseconds = pool.idleTimeout.nanoseconds
        maxAge = pool.maxAge?.nanoseconds ?? .max
        mostIdle = max(1, pool.maxIdleConnsPerHost / loops)
        mostIdleOnLoop = max(1, pool.maxIdleConns / loops)
        connectTimeout = .nanoseconds(generation.settings.http.timeouts.connect.nanoseconds)
        let agent = generation.fleet.agent(agent.id) ?? agent
        updateProtocol(agent.protocol)
        if endpoint.isTLS { updateTLS(agent.tls(generation.settings.agents)) }
    }

    /// Connections that an agent's certificate was looked at otherwise for are not used again.
    private func updateTLS(_ wanted: AgentTLSSettings) {
        if let tls, tls != wanted {
            closeIdle()
            http2?.leave()
        }
        tls = wanted
    }

    private func updateProtocol(_ spoken: AgentProtocol) {
        switch (spoken, http2) {
        case (.http2, nil):
            closeIdle()
            http2 = HTTP2Agent(self)
        case (.http1, let known?):
            http2 = nil
            known.retire()
        default: break
        }
    }

    /// Nanoseconds that a connection is used for.
    var mostAge: Int64 { maxAge }

    /// Whether one more connection without streams may be kept beside so many.
    func mayKeepIdle(_ others: Int) -> Bool {
        others < mostIdle && loop.idleUpstreams < mostIdleOnLoop && !loop.process.isDraining && !isRetired
    }

    /// The newest kept connection that is still good. `careful`: the request must not be sent twice, so the kernel is
    /// asked too whether the agent has just closed; so is it after a second of silence.
    func takeIdle(careful: Bool) -> UpstreamConnection? {
        while let connection = idle.popLast() {
            loop.idleUpstreams -= 1
            let age = loop.now &- connection.idleSince
            let isFresh = !careful && age < 1_000_000_000
            if connection.isOpen, age < idleNanoseconds, isFresh || connection.isQuiet { return connection }
            connection.close()
        }
        return nil
    }

    /// Keeps a connection whose exchange is over, as long as the agent's `Keep-Alive` less a second allows.
    func keep(_ connection: UpstreamConnection, agentSeconds: Int) {
        let isOld = maxAge != .max && loop.now &- connection.opened > maxAge
        guard !isOld, idle.count < mostIdle, loop.idleUpstreams < mostIdleOnLoop, agentSeconds != 0, agentSeconds != 1,
            !loop.process.isDraining, !isRetired
        else {
            connection.close()
            return
        }
        idle.append(connection)
        loop.idleUpstreams += 1
        let limit = agentSeconds > 1 ? min(idleNanoseconds, Int64(agentSeconds - 1) &* 1_000_000_000) : idleNanoseconds
        loop.wheel.set(connection, loop.now &+ limit)
    }

    func closed(_ connection: UpstreamConnection, wasIdle: Bool) {
        loop.counters.add(-1, to: .activeConnections, agent: label)
        guard wasIdle, let at = idle.lastIndex(where: { $0 === connection }) else { return }
        idle.remove(at: at)
        loop.idleUpstreams -= 1
    }

    func closeIdle() {
        http2?.closeIdle()
        while let connection = idle.popLast() {
            loop.idleUpstreams -= 1
            connection.close()
        }
    }

    func retire() {
        isRetired = true
        closeIdle()
        http2?.retire()
    }

    // MARK: connecting

    /// Makes a connection for an exchange, or for its hedge. If that is no longer waiting when it is there, it is kept
    /// for the next one.
    func open(for exchange: Exchange, _ hedge: Hedge? = nil, isAgain: Bool = false) {
        let (serial, turn) = (exchange.serial, exchange.turn)
        let addresses = loop.process.addresses.addresses(of: endpoint)
        if addresses.isEmpty {
            let bound = NIOLoopBound((exchange, hedge, self), eventLoop: loop.eventLoop)
            loop.eventLoop.execute {
                let (exchange, hedge, upstream) = bound.value
                upstream.loop.touch()
                guard exchange.expects(serial, turn, hedge) else { return }
                exchange.connectFailed(upstream.unresolved(), hedge)
            }
            return
        }
        let perTry = TimeAmount.nanoseconds(exchange.target?.pool.pool.retry.perTry ?? .max)
        let wait = min(exchange.plan?.connect.map { TimeAmount.nanoseconds($0) } ?? connectTimeout, perTry)
        if let http2 { return http2.open(for: exchange, hedge, within: wait) }
        attempt(addresses, 0, until: .now() + wait, { self.dial($0, $1, $2) }) { result in
            self.loop.touch()
            let isWaiting = exchange.expects(serial, turn, hedge)
            switch result {
            case .success(let connection):
                if isWaiting {
                    exchange.opened(connection, hedge)
                } else {
                    connection.park()
                    self.keep(connection, agentSeconds: -1)
                }
            case .failure(let error):
                // kept connections make room for one that is needed
                if isWaiting, !isAgain, Self.isOutOfDescriptors(error), self.loop.idleUpstreams > 0 {
                    self.loop.closeIdleUpstreams()
                    self.open(for: exchange, hedge, isAgain: true)
                    return
                }
                if isWaiting { exchange.connectFailed(self.failure(error), hedge) }
            }
        }
    }

    /// Tries the addresses in turn, beginning with the one that worked last. Each has an equal part of the time that is
    /// left.
    private func attempt<Connection>(
        _ addresses: [SocketAddress], _ index: Int, until end: NIODeadline,
        _ dial: @escaping (SocketAddress, TimeAmount, @escaping (Result<Connection, any Error>) -> Void) -> Void,
        _ done: @escaping (Result<Connection, any Error>) -> Void
    ) {
        let preferred = loop.process.addresses.preferred(of: endpoint) % addresses.count
        let position = (preferred + index) % addresses.count
        let left = max(end - .now(), .milliseconds(1))
        dial(addresses[position], .nanoseconds(left.nanoseconds / Int64(addresses.count - index))) { result in
            if case .failure = result, index + 1 < addresses.count {
                self.attempt(addresses, index + 1, until: end, dial, done)
                return
            }
            if case .success = result, position != preferred {
                self.loop.process.addresses.prefer(position, of: self.endpoint)
            }
            done(result)
        }
    }

    private func dial(
        _ address: SocketAddress, _ wait: TimeAmount, _ done: @escaping (Result<UpstreamConnection, any Error>) -> Void
    ) {
        let session: TLSSession?
        do throws(TLSFailure) {
            session = try tls.map { settings throws(TLSFailure) in try loop.process.tls.session(agent, settings) }
        } catch {
            return fail(error, done)
        }
        let handler = session.map {
            TLSHandler($0, limit: .now() + wait, reads: loop.reads, writes: loop.writes)
        }
        let connection = UpstreamConnection(self)
        let box = NIOLoopBound((connection, handler, done), eventLoop: loop.eventLoop)
        ClientBootstrap(group: loop.eventLoop)
            .connectTimeout(wait)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(.recvAllocator, value: LoopReadBuffers(loop.reads))
            .channelOption(.socketOption(.so_rcvbuf), value: Listener.receiveBufferBytes)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let (connection, handler, _) = box.value
                    if let handler { try channel.pipeline.syncOperations.addHandler(handler) }
                    try channel.pipeline.syncOperations.addHandler(connection)
                }
            }
            .connect(to: address)
            .flatMap { channel in box.value.1?.ready ?? channel.eventLoop.makeSucceededVoidFuture() }
            .whenComplete { result in
                let (connection, _, done) = box.value
                switch result {
                case .success:
                    let upstream = connection.upstream
                    upstream.loop.counters.add(to: .connectionsOpened, agent: upstream.label)
                    upstream.loop.counters.add(to: .activeConnections, agent: upstream.label)
                    done(.success(connection))
                case .failure(let error): done(.failure(error))
                }
            }
    }

    /// A connection for HTTP/2, once the agent has shown that it speaks it.
    func dialHTTP2(
        within wait: TimeAmount, _ done: @escaping (Result<HTTP2AgentConnection, any Error>) -> Void
    ) {
        let addresses = loop.process.addresses.addresses(of: endpoint)
        guard let home = http2, !addresses.isEmpty else { return fail(HTTP2Failure.noAddress, done) }
        attempt(addresses, 0, until: .now() + wait, { self.dialHTTP2($0, $1, home, $2) }, done)
    }

    private func dialHTTP2(
        _ address: SocketAddress, _ wait: TimeAmount, _ home: HTTP2Agent,
        _ done: @escaping (Result<HTTP2AgentConnection, any Error>) -> Void
    ) {
        let session: TLSSession?
        do throws(TLSFailure) {
            session = try tls.map { settings throws(TLSFailure) in
                try loop.process.tls.session(agent, settings, protocols: ["h2"])
            }
        } catch {
            return fail(error, done)
        }
        let end = NIODeadline.now() + wait
        let tlsHandler = session.map { TLSHandler($0, limit: end, reads: loop.reads, writes: loop.writes) }
        let greeted = loop.eventLoop.makePromise(of: Void.self)
        let connection = HTTP2AgentConnection(self, home) { failure in
            if let failure { greeted.fail(failure) } else { greeted.succeed(()) }
        }
        let limits = loop.runtime.wireLimits
        let box = NIOLoopBound((connection, tlsHandler, session, done), eventLoop: loop.eventLoop)
        ClientBootstrap(group: loop.eventLoop)
            .connectTimeout(wait)
            .channelOption(.recvAllocator, value: LoopReadBuffers(loop.reads))
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let handler = box.value.1 { try channel.pipeline.syncOperations.addHandler(handler) }
                }
            }
            .connect(to: address)
            .flatMap { channel -> EventLoopFuture<any Channel> in
                let ready = box.value.1?.ready ?? channel.eventLoop.makeSucceededVoidFuture()
                return ready.map { channel }
            }
            .flatMapThrowing { channel in
                let (connection, _, session, _) = box.value
                if let session, session.applicationProtocol != "h2" {
                    channel.close(promise: nil)
                    throw HTTP2Failure.noALPN
                }
                let framing = HTTP2Terms.handler((limits.headBytes, limits.fieldCount), connection)
                try channel.pipeline.syncOperations.addHandlers([connection.ends, framing, connection])
                connection.greet(within: max(end - .now(), .milliseconds(1)))
            }
            .flatMapError { error in
                // the connection has not been told of anything: nobody waits for its greeting
                greeted.fail(error)
                return greeted.futureResult
            }
            .flatMap { greeted.futureResult }
            .whenComplete { result in
                let (connection, _, _, done) = box.value
                let upstream = connection.upstream
                upstream.loop.touch()
                switch result {
                case .success:
                    upstream.loop.counters.add(to: .connectionsOpened, agent: upstream.label)
                    upstream.loop.counters.add(to: .activeConnections, agent: upstream.label)
                    done(.success(connection))
                case .failure(let error):
                    connection.close()
                    done(.failure(error))
                }
            }
    }

    /// Not before the caller has gone on: who asks for a connection is not ready to be told at once.
    private func fail<Connection>(
        _ error: any Error, _ done: @escaping (Result<Connection, any Error>) -> Void
    ) {
        let bound = NIOLoopBound(done, eventLoop: loop.eventLoop)
        loop.eventLoop.execute { bound.value(.failure(error)) }
    }

    private func unresolved() -> Failure {
        Failure(
            .connectRefused, "the host of agent '\(agent.id)' (\(endpoint.spelling)) has no address",
            hint: "check the name in agents.discovery.static and the resolver of this machine")
    }

    /// The proxy has no descriptor for it: no fault of the agent.
    static func isOutOfDescriptors(_ error: any Error) -> Bool {
        if let error = error as? IOError { return error.errnoCode == EMFILE || error.errnoCode == ENFILE }
        return false
    }

    func failure(_ error: any Error) -> Failure {
        if let error = error as? HTTP2Failure {
            return Failure(
                endpoint.isTLS ? .tlsProtocol : .connectRefused,
                "no HTTP/2 with agent '\(agent.id)' (\(endpoint.spelling)): \(error.what)", hint: error.hint)
        }
        if let error = error as? TLSFailure { return failure(tls: error) }
        if let error = error as? ChannelError, case .connectTimeout = error {
            return Failure(
                .connectTimeout,
                "no connection to agent '\(agent.id)' (\(endpoint.spelling)) within http.timeouts.connect",
                hint: "check the address, routes and firewalls between here and the agent")
        }
        if Self.isOutOfDescriptors(error) { return Failure.outOfDescriptors }
        return Failure(
            .connectRefused, "no connection to agent '\(agent.id)' (\(endpoint.spelling)): \(Self.reason(error))",
            hint: "start the agent, or correct its endpoint in agents.discovery.static")
    }

    private func failure(tls failure: TLSFailure) -> Failure {
        loop.process.tls.complain(agent, failure)
        let kind: Failure.Kind =
            switch failure.kind {
            case .certificate: .tlsCertificate
            case .alert: .tlsAlert
            case .timeout: .connectTimeout
            case .badProtocol, .truncated, .file: .tlsProtocol
            }
        return Failure(
            kind, "no TLS with agent '\(agent.id)' (\(endpoint.spelling)): \(failure.what)", hint: failure.hint)
    }

    /// What a connection that TLS ended before an answer came is told as; nil where that says nothing more.
    func tlsEnded(_ failure: TLSFailure) -> Failure? {
        failure.kind == .truncated ? nil : self.failure(tls: failure)
    }

    /// Why no connection came about, in words.
    static func reason(_ error: any Error) -> String {
        if let error = error as? TLSFailure { return "\(error.what); \(error.hint)" }
        if let error = error as? ChannelError, case .connectTimeout = error { return "no connection in time" }
        if let error = error as? IOError { return String(cString: strerror(error.errnoCode)).lowercased() }
        return "\(error)"
    }
}
