package import NIOCore
internal import NIOPosix
internal import Settings

/// Asks HTTP/1.1 servers on the proxy's own behalf: probes, reports, APIs; over TCP, unix sockets and TLS. Connections
/// are kept and used again, a few for each destination. Not for requests of clients.
///
/// Everything happens on one loop.
package final class HTTPClient: Sendable {
    /// A kept connection is closed after so much silence.
    private static let keptFor = TimeAmount.seconds(90)
    private static let mostKept = 4

    private let eventLoop: any EventLoop
    private let kept: NIOLoopBoundBox<[HTTPDestination: [HTTPConnection]]>
    private let asking: NIOLoopBoundBox<[ObjectIdentifier: HTTPTurn]>
    private let isClosed: NIOLoopBoundBox<Bool>

    /// - Parameter eventLoop: nil: one that has nothing to do with clients' requests.
    package init(on eventLoop: (any EventLoop)? = nil) {
        let loop = eventLoop ?? MultiThreadedEventLoopGroup.singleton.any()
        self.eventLoop = loop
        kept = .makeBoxSendingValue([:], eventLoop: loop)
        asking = .makeBoxSendingValue([:], eventLoop: loop)
        isClosed = .makeBoxSendingValue(false, eventLoop: loop)
    }

    /// Gives up what is asked, closes what is kept, and keeps nothing from now on.
    package func close() {
        eventLoop.execute {
            self.isClosed.value = true
            for turn in Array(self.asking.value.values) { turn.finish(.cancelled) }
            let all = self.kept.value.values.flatMap { $0 }
            self.kept.value = [:]
            for connection in all { connection.close() }
        }
    }

    // MARK: asking

    /// The whole answer. A caller that is cancelled gets `.cancelled` at once, and the connection is closed.
    ///
    /// - Parameter limit: for everything, from the connection to the last byte.
    package func send(
        _ request: HTTPRequest, to destination: HTTPDestination, within limit: Duration
    ) async throws(HTTPClientFailure) -> HTTPAnswer {
        let answer = WholeAnswer(eventLoop.makePromise(), request.mostBytes)
        let turn = HTTPTurn(request, answer)
        start(turn, destination, limit)
        return try await wait(answer.promise.futureResult, turn)
    }

    /// The same for who lives on a loop. Ends with an `HTTPClientFailure` where it fails.
    package func ask(
        _ request: HTTPRequest, of destination: HTTPDestination, within limit: Duration
    ) -> EventLoopFuture<HTTPAnswer> {
        let answer = WholeAnswer(eventLoop.makePromise(), request.mostBytes)
        start(HTTPTurn(request, answer), destination, limit)
        return answer.promise.futureResult
    }

    /// An answer that comes over a long time. The connection is closed when nobody iterates over it any more.
    ///
    /// - Parameters:
    ///   - limit: until its head is there.
    ///   - idle: silence within the body that is taken for its end; nil: any.
    package func stream(
        _ request: HTTPRequest, from destination: HTTPDestination, within limit: Duration, idle: Duration? = nil
    ) async throws(HTTPClientFailure) -> HTTPStream {
        let answer = StreamedAnswer(eventLoop.makePromise())
        let idle = idle.map { TimeAmount.nanoseconds($0.nanoseconds) }
        let turn = HTTPTurn(request, answer, isStream: true, idle: idle)
        answer.turn = turn
        start(turn, destination, limit)
        return try await wait(answer.promise.futureResult, turn)
    }

    private func wait<Answer: Sendable>(
        _ future: EventLoopFuture<Answer>, _ turn: HTTPTurn
    ) async throws(HTTPClientFailure) -> Answer {
        do {
            return try await withTaskCancellationHandler {
                try await future.get()
            } onCancel: {
                eventLoop.execute { turn.finish(.cancelled) }
            }
        } catch {
            throw HTTPClientFailure(breaking: error)
        }
    }

    // MARK: on the loop

    private func start(_ turn: HTTPTurn, _ destination: HTTPDestination, _ limit: Duration) {
        let limit = NIODeadline.now() + .nanoseconds(limit.nanoseconds)
        if eventLoop.inEventLoop {
            begin(turn, destination, limit)
        } else {
            eventLoop.execute { self.begin(turn, destination, limit) }
        }
    }

    private func begin(_ turn: HTTPTurn, _ destination: HTTPDestination, _ limit: NIODeadline) {
        guard !turn.isFinished else { return }
        asking.value[ObjectIdentifier(turn)] = turn
        turn.ended = { self.asking.value[ObjectIdentifier($0)] = nil }
        turn.end(at: limit, eventLoop)
        if let connection = takeKept(destination) {
            connection.ask(turn)
        } else {
            let own = turn.request.connectWithin.map { NIODeadline.now() + .nanoseconds($0.nanoseconds) }
            connect(turn, destination, min(limit, own ?? limit))
        }
    }

    private func takeKept(_ destination: HTTPDestination) -> HTTPConnection? {
        while let connection = kept.value[destination]?.popLast() {
            if kept.value[destination]?.isEmpty == true { kept.value[destination] = nil }
            if connection.isOpen { return connection }
        }
        return nil
    }

    /// A connection is free, or has closed while it was.
    private func freed(_ connection: HTTPConnection) {
        let destination = connection.destination
        var others = kept.value.removeValue(forKey: destination) ?? []
        others.removeAll { $0 === connection || !$0.isOpen }
        defer { if !others.isEmpty { kept.value[destination] = others } }
        guard connection.isOpen else { return }
        guard others.count < Self.mostKept, !isClosed.value else { return connection.close() }
        others.append(connection)
        let served = connection.served
        let bound = NIOLoopBound(connection, eventLoop: eventLoop)
        eventLoop.scheduleTask(in: Self.keptFor) {
            let connection = bound.value
            guard connection.isIdle, connection.served == served else { return }
            connection.close()
            self.freed(connection)
        }
    }

    private func connect(_ turn: HTTPTurn, _ destination: HTTPDestination, _ limit: NIODeadline) {
        open(destination, limit).whenComplete { result in
            switch result {
            case .success(let connection):
                if turn.isFinished { self.freed(connection.value) } else { connection.value.ask(turn) }
            case .failure(let error): turn.finish(HTTPClientFailure(connecting: error))
            }
        }
    }

    private func open(
        _ destination: HTTPDestination, _ limit: NIODeadline
    ) -> EventLoopFuture<NIOLoopBound<HTTPConnection>> {
        switch destination.place {
        case .unix(let path): return dial(destination, limit) { $0.connect(unixDomainSocketPath: path) }
        case .host(let host, let port): return dial(destination, limit) { $0.connect(host: host, port: port) }
        case .addresses(let addresses): return open(destination, limit, addresses[...])
        }
    }

    private func open(
        _ destination: HTTPDestination, _ limit: NIODeadline, _ addresses: ArraySlice<SocketAddress>
    ) -> EventLoopFuture<NIOLoopBound<HTTPConnection>> {
        guard let address = addresses.first else {
            return eventLoop.makeFailedFuture(HTTPClientFailure.unreachable("the host has no address"))
        }
        let first = dial(destination, limit) { $0.connect(to: address) }
        let rest = addresses.dropFirst()
        return rest.isEmpty ? first : first.flatMapError { _ in self.open(destination, limit, rest) }
    }

    private func dial(
        _ destination: HTTPDestination, _ limit: NIODeadline,
        _ connect: (ClientBootstrap) -> EventLoopFuture<any Channel>
    ) -> EventLoopFuture<NIOLoopBound<HTTPConnection>> {
        let handler: TLSHandler?
        do throws(TLSFailure) {
            handler = try destination.tls.map { tls throws(TLSFailure) in
                let session = try TLSSession(client: tls.context, name: tls.name, peer: destination.authority)
                return TLSHandler(session, limit: limit)
            }
        } catch {
            return eventLoop.makeFailedFuture(error)
        }
        let connection = HTTPConnection(
            destination, eventLoop, freed: { self.freed($0) },
            stale: { turn in
                self.connect(turn, destination, .now() + .seconds(10))
            })
        let box = NIOLoopBound((connection, handler), eventLoop: eventLoop)
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(max(.nanoseconds(1), limit - .now()))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let (connection, handler) = box.value
                    if let handler { try channel.pipeline.syncOperations.addHandler(handler) }
                    try channel.pipeline.syncOperations.addHandler(connection)
                }
            }
        return connect(bootstrap)
            .flatMap { channel in
                (box.value.1?.ready ?? channel.eventLoop.makeSucceededVoidFuture()).flatMapThrowing {
                    let (connection, handler) = box.value
                    guard connection.destination.isHTTP2 else { return }
                    // not before the connection stands, for the framing speaks first
                    let framing = HTTP2Terms.handler((32 * 1024, 100), nil)
                    try channel.pipeline.syncOperations.addHandlers(
                        [framing, HTTP2Lines(scheme: handler == nil ? "http" : "https")], position: .before(connection))
                }
            }
            .map { NIOLoopBound(box.value.0, eventLoop: self.eventLoop) }
    }
}
