internal import Balancer
internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import Settings
internal import Synchronization

/// A question on its way to a server, on a socket of its own, and the one end that it has.
final class DNSTurn: Sendable {
    enum End: Sendable {
        case answered(DNSMessage)
        case timedOut
        /// Why it could not be asked.
        case failed(String)
        /// Nobody waits any more.
        case cancelled
    }

    private struct State {
        var isFinished = false
        var channel: (any Channel)?
        var deadline: Scheduled<Void>?
    }

    private let ask: DNSAsk
    private let loop: any EventLoop
    private let promise: EventLoopPromise<End>
    private let state = Mutex(State())

    private init(_ ask: DNSAsk, _ loop: any EventLoop) {
        self.ask = ask
        self.loop = loop
        promise = loop.makePromise()
    }

    /// Sends the question and waits for its end.
    static func run(_ ask: DNSAsk, on loop: any EventLoop) async -> End {
        let turn = DNSTurn(ask, loop)
        return await withTaskCancellationHandler {
            turn.start()
            return (try? await turn.promise.futureResult.get()) ?? .cancelled
        } onCancel: {
            turn.finish(.cancelled)
        }
    }

    private func start() {
        let deadline = loop.scheduleTask(in: .nanoseconds(ask.timeout.nanoseconds)) { self.finish(.timedOut) }
        state.withLock { $0.deadline = deadline }
        let host = HostAddress(ask.server.address, scope: ask.server.scope)
        let server = host.socketAddress(port: ask.server.port)
        connect(to: server).whenComplete { result in
            switch result {
            case .success(let channel): self.send(on: channel, to: server)
            case .failure(let error): self.finish(.failed(Upstream.reason(error)))
            }
        }
    }

    /// A socket of its own has a port of its own, and is shown nothing that other addresses send.
    private func connect(to server: SocketAddress) -> EventLoopFuture<any Channel> {
        switch ask.transport {
        case .udp:
            return DatagramBootstrap(group: loop)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(DNSDatagrams(self.ask, self))
                    }
                }
                .connect(to: server)
        case .tcp:
            return ClientBootstrap(group: loop)
                .connectTimeout(.nanoseconds(ask.timeout.nanoseconds))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(DNSStream(self.ask, self))
                    }
                }
                .connect(to: server)
        }
    }

    private func send(on channel: any Channel, to server: SocketAddress) {
        let isWanted = state.withLock { state in
            if !state.isFinished { state.channel = channel }
            return !state.isFinished
        }
        guard isWanted else { return channel.close(promise: nil) }
        let bytes = ask.bytes
        var buffer = channel.allocator.buffer(capacity: bytes.count + 2)
        if ask.transport == .tcp { buffer.writeInteger(UInt16(truncatingIfNeeded: bytes.count)) }
        buffer.writeBytes(bytes)
        let written =
            ask.transport == .tcp
            ? channel.writeAndFlush(buffer)
            : channel.writeAndFlush(AddressedEnvelope(remoteAddress: server, data: buffer))
        written.whenFailure { self.finish(.failed(Upstream.reason($0))) }
    }

    /// Later ends do not count.
    func finish(_ end: End) {
        let ended = state.withLock { state -> State? in
            if state.isFinished { return nil }
            state.isFinished = true
            return state
        }
        guard let ended else { return }
        ended.deadline?.cancel()
        ended.channel?.close(promise: nil)
        promise.succeed(end)
    }
}

/// Waits for the datagram that answers; others are passed over.
private final class DNSDatagrams: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let ask: DNSAsk
    private let turn: DNSTurn

    init(_ ask: DNSAsk, _ turn: DNSTurn) {
        self.ask = ask
        self.turn = turn
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        let sender = HostAddress(envelope.remoteAddress)
        let bytes = Array(envelope.data.readableBytesView)
        guard let message = ask.accepts(bytes, from: sender, port: envelope.remoteAddress.port ?? 0) else { return }
        turn.finish(.answered(message))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { turn.finish(.failed(Upstream.reason(error))) }

    func channelInactive(context: ChannelHandlerContext) { turn.finish(.failed("the socket was closed")) }
}

/// Waits for the answer with its length before it (RFC 1035, 4.2.2).
private final class DNSStream: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let ask: DNSAsk
    private let turn: DNSTurn
    private var bytes: [UInt8] = []

    init(_ ask: DNSAsk, _ turn: DNSTurn) {
        self.ask = ask
        self.turn = turn
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        bytes += unwrapInboundIn(data).readableBytesView
        guard bytes.count >= 2 else { return }
        let count = Int(bytes[0]) << 8 | Int(bytes[1])
        guard bytes.count - 2 >= count else { return }
        if let message = ask.accepts(Array(bytes[2..<2 + count])) {
            turn.finish(.answered(message))
        } else {
            turn.finish(.failed("what it sent over TCP is no answer to the question"))
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { turn.finish(.failed(Upstream.reason(error))) }

    func channelInactive(context: ChannelHandlerContext) {
        turn.finish(.failed("it closed the TCP connection before the answer was whole"))
    }
}
