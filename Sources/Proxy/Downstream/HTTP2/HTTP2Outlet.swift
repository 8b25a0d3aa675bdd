internal import NIOCore
internal import Wire

/// Stands between the socket and the framing of HTTP/2. Collects frames over one turn of the loop, so that those of many
/// answers go out in one write; they are copied, as their heads are a few bytes each, and read buffers are free again at
/// once.
final class HTTP2Outlet: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = ByteBuffer

    /// So much is handed on without waiting for the turn to end.
    static let collected = 64 * 1024
    /// The framing copies what comes into a buffer of its own, which never shrinks: it gets no more than this at once.
    static let piece = 16 * 1024

    private let loop: Loop
    private let isDirect: Bool
    private let out = Outlet()
    private var context: ChannelHandlerContext?
    private var count = 0
    private var isScheduled = false
    private var isShut = false
    /// Of who writes to the framing.
    var writer: ChannelHandlerContext?

    /// - Parameter isDirect: what is written here is what the socket gets.
    init(_ loop: Loop, isDirect: Bool) {
        self.loop = loop
        self.isDirect = isDirect
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if isDirect { out.open(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        out.close()
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        receive(unwrapInboundIn(data))
    }

    func receive(_ received: ByteBuffer) {
        guard let context else { return }
        var buffer = received
        // after the last word nothing is read any more: a flood that was found out costs no more than throwing it away
        while !isShut, buffer.readableBytes > Self.piece, let piece = buffer.readSlice(length: Self.piece) {
            context.fireChannelRead(wrapInboundOut(piece))
        }
        if !isShut { context.fireChannelRead(wrapInboundOut(buffer)) }
        loop.reads.giveBack(received)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .byteBuffer(var buffer) = unwrapOutboundIn(data) {
            HTTP2End.amend(&buffer)
            put(buffer)
        }
        promise?.succeed()
    }

    func flush(context: ChannelHandlerContext) {
        guard !isScheduled, count > 0 else { return }
        isScheduled = true
        context.eventLoop.assumeIsolatedUnsafeUnchecked().execute { [self] in
            isScheduled = false
            send()
        }
    }

    /// All that was written is flushed before the framing knows of the room, as in `HTTP2Ends`.
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { writer?.flush() }
        context.fireChannelWritabilityChanged()
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        send()
        if mode != .input { isShut = true }
        context.close(mode: mode, promise: promise)
    }

    /// Bytes of a whole frame that the framing does not know of.
    func put(_ frame: ByteBuffer) {
        let bytes = frame.readableBytes
        guard !isShut, bytes > 0 else { return }
        out.put(atMost: bytes, loop.frames) { sink in frame.withUnsafeReadableBytes { sink.put($0) } }
        count &+= bytes
        if count >= Self.collected { send() }
    }

    /// Changes the reason in the frame that was put last, which is RST_STREAM (RFC 9113 6.4).
    func amendReset(_ code: UInt32) {
        out.amend(last: 4) { $0.storeBytes(of: code.bigEndian, as: UInt32.self) }
    }

    /// The channel is gone: its descriptor may be anybody's.
    func channelClosed() {
        isShut = true
        out.close()
        count = 0
    }

    func send() {
        guard count > 0 else { return }
        count = 0
        out.flush(loop.frames, context)
    }
}
