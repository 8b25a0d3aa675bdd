import NIOCore
import NIOWebSocket

/// One WebSocket as an OpenClaw gateway opens it: the challenge first, then every frame comes back as it went in.
final class WebSocketSession: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    /// A client may send a whole message of 26 MiB before it reads the first byte of the echo; so much is kept for it,
    /// and nothing more is read from one that does not read.
    private static let pending = ChannelOptions.Types.WriteBufferWaterMark(low: 32 << 20, high: 64 << 20)
    /// How long a restart takes, as the `shutdown` event tells it, where nothing else was said.
    private static let restart = Span(milliseconds: 1500)

    private let agent: Agent
    /// The code with which the first whole message is answered by closing; none: only the client closes.
    private let closing: UInt16?
    private var isClosing = false
    private var ticker: Scheduled<Void>?

    init(agent: Agent, closing: UInt16?) {
        self.agent = agent
        self.closing = closing
    }

    func handlerAdded(context: ChannelHandlerContext) {
        agent.tally.tunnels.count()
        let loop = context.eventLoop
        let bound = NIOLoopBound((self, context), eventLoop: loop)
        agent.sockets.add(self) { restart in
            loop.execute { bound.value.0.goDown(restart, bound.value.1) }
        }
        try? context.channel.syncOptions?.setOption(.writeBufferWaterMark, value: Self.pending)
        event("connect.challenge", ["nonce": .string(Identifier.hex(16)), "ts": timestamp], context)
        scheduleTick(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        agent.tally.tunnels.count(-1)
        agent.sockets.remove(self)
        ticker?.cancel()
        ticker = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        guard !isClosing || frame.opcode == .connectionClose else { return }
        switch frame.opcode {
        case .text, .binary, .continuation: echo(frame, context)
        case .ping: write(.pong, frame.unmaskedData, context)
        case .pong: break
        case .connectionClose: closed(frame, context)
        default: close(1002, context)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.flush()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        try? context.channel.syncOptions?.setOption(.autoRead, value: context.channel.isWritable)
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The handler before this one has answered a broken frame with a close frame.
        if !(error is NIOWebSocketError) { context.close(promise: nil) }
    }

    /// Fragments come back as the fragments that they were.
    private func echo(_ frame: WebSocketFrame, _ context: ChannelHandlerContext) {
        let answer = WebSocketFrame(
            fin: frame.fin, rsv1: frame.rsv1, rsv2: frame.rsv2, rsv3: frame.rsv3, opcode: frame.opcode,
            data: frame.unmaskedData)
        context.write(wrapOutboundOut(answer), promise: nil)
        guard frame.fin, let closing else { return }
        if closing == 1012 { return goDown(Self.restart, context) }
        close(closing, context)
    }

    /// The gateway restarts: its clients hear how long that takes.
    private func goDown(_ restart: Span, _ context: ChannelHandlerContext) {
        guard !isClosing, context.channel.isActive else { return }
        event("shutdown", ["restartExpectedMs": .int(Int(restart.nanoseconds / 1_000_000))], context)
        close(1012, context)
    }

    /// The client's close: its code and reason go back, unless this side closed first.
    private func closed(_ frame: WebSocketFrame, _ context: ChannelHandlerContext) {
        guard !isClosing else { return context.close(promise: nil) }
        isClosing = true
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
        let answer = WebSocketFrame(fin: true, opcode: .connectionClose, data: frame.unmaskedData)
        context.writeAndFlush(wrapOutboundOut(answer), promise: written)
    }

    /// This side's close; the connection ends when the client's own close frame is here.
    private func close(_ code: UInt16, _ context: ChannelHandlerContext) {
        isClosing = true
        var data = context.channel.allocator.buffer(capacity: 2)
        data.writeInteger(code)
        write(.connectionClose, data, context)
        context.flush()
    }

    private func write(_ opcode: WebSocketOpcode, _ data: ByteBuffer, _ context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(WebSocketFrame(fin: true, opcode: opcode, data: data)), promise: nil)
    }

    private func event(_ name: String, _ payload: JSON, _ context: ChannelHandlerContext) {
        let event: JSON = ["type": "event", "event": .string(name), "payload": payload]
        write(.text, event.buffer, context)
        context.flush()
    }

    private func scheduleTick(_ context: ChannelHandlerContext) {
        let tick = agent.behaviour.tick
        guard tick != .zero else { return }
        ticker = context.eventLoop.assumeIsolated().scheduleTask(in: tick.amount) {
            guard !self.isClosing else { return }
            self.event("tick", ["ts": self.timestamp], context)
            self.scheduleTick(context)
        }
    }

    /// Milliseconds since 1970, as OpenClaw's events carry them.
    private var timestamp: JSON { .int(Identifier.seconds * 1000) }
}
