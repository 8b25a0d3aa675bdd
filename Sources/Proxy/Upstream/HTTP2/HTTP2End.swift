internal import NIOCore
internal import NIOHPACK
internal import NIOHTTP2

/// The end of a stream, with trailers or without.
///
/// Without, an empty DATA frame says it (RFC 9113 6.1), but the library must not be given one. Where the peer's SETTINGS
/// have made the stream's window negative (6.9.2) it traps: a frame of no bytes counts as one that may go, and is then cut to
/// fewer than none (swift-nio-http2 1.46.0, `OutboundFlowControlBuffer`). So it gets trailers without fields, which no window
/// concerns, and the nine bytes that come of it are made those of DATA before they go. Nor may an end wait in the library
/// behind content, where debug builds trap in the same way: whoever writes it waits until the content has gone.
enum HTTP2End {
    static func payload(_ trailers: HPACKHeaders) -> HTTP2Frame.FramePayload {
        .headers(.init(headers: trailers, endStream: true))
    }

    /// Makes a HEADERS frame without fields that ends its stream an empty DATA frame; leaves everything else as it is.
    static func amend(_ frame: inout ByteBuffer) {
        let start = frame.readerIndex
        // length 0, type 1; END_STREAM and END_HEADERS
        guard frame.readableBytes == 9, frame.getInteger(at: start, as: UInt32.self) == 1,
            frame.getInteger(at: start + 4, as: UInt8.self) == 5
        else { return }
        // type 0; END_STREAM
        frame.setInteger(UInt16(1), at: start + 3)
    }
}

/// Stands between framing and socket of a connection to an agent. Towards clients `HTTP2Outlet` does the same.
final class HTTP2Ends: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    private var context: ChannelHandlerContext?
    /// More is about to be written: it goes out together.
    private var isCollecting = false
    /// Of who writes to the framing.
    var writer: ChannelHandlerContext?

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    /// What `body` has the framing write and flush leaves in one piece.
    func together(_ body: () -> Void) {
        isCollecting = true
        body()
        isCollecting = false
        context?.flush()
    }

    func flush(context: ChannelHandlerContext) {
        if !isCollecting { context.flush() }
    }

    /// There is room again. The library now sends content that was written whether or not it was flushed, and heads only if
    /// they were (swift-nio-http2 1.46.0, `CompoundOutboundBuffer`): a request's content would come before its head. So all
    /// of it is flushed first.
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            let wasCollecting = isCollecting
            isCollecting = true
            writer?.flush()
            isCollecting = wasCollecting
        }
        context.fireChannelWritabilityChanged()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .byteBuffer(var frame) = unwrapOutboundIn(data), frame.readableBytes == 9 else {
            return context.write(data, promise: promise)
        }
        HTTP2End.amend(&frame)
        context.write(wrapOutboundOut(.byteBuffer(frame)), promise: promise)
    }
}
