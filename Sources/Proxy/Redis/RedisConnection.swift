internal import NIOCore

/// A connection to a Redis: commands go out together at the end of a loop's turn, replies come in their order.
final class RedisConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What is told of a connection, on its loop. `ended` is said once, and is the last.
    enum Event {
        case active
        case reply(RedisReply)
        case ended(RedisTrouble)
    }

    private let reader = RedisReader()
    private var tell: ((RedisConnection, Event) -> Void)?
    private var context: ChannelHandlerContext?
    private var out = ByteBuffer()
    private var isFlushing = false

    init(_ tell: @escaping (RedisConnection, Event) -> Void) { self.tell = tell }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    /// False where it cannot be sent; nothing of it is then.
    func write(_ command: RedisCommand) -> Bool {
        guard let context, tell != nil, command.write(to: &out) else { return false }
        guard !isFlushing else { return true }
        isFlushing = true
        context.eventLoop.assumeIsolated().execute { self.flush() }
        return true
    }

    private func flush() {
        isFlushing = false
        guard let context, out.readableBytes > 0 else { return }
        let bytes = out
        out = ByteBuffer()
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }

    /// Nothing more is told.
    func close() {
        tell = nil
        context?.close(promise: nil)
    }

    private func end(_ trouble: RedisTrouble) {
        let told = tell
        tell = nil
        context?.close(promise: nil)
        told?(self, .ended(trouble))
    }

    func channelActive(context: ChannelHandlerContext) { tell?(self, .active) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if let wrong = unwrapInboundIn(data).withUnsafeReadableBytes({ reader.feed($0) }) {
            return end(.broken("what it sent is no reply: \(wrong)"))
        }
        while tell != nil {
            switch reader.next() {
            case .reply(let reply): tell?(self, .reply(reply))
            case .more: return
            case .failed(let wrong): return end(.broken("what it sent is no reply: \(wrong)"))
            }
        }
    }

    func channelInactive(context: ChannelHandlerContext) { end(.broken("it closed the connection")) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(error is TLSFailure ? .unreachable("\(error)") : .broken("the connection broke: \(Upstream.reason(error))"))
    }
}
