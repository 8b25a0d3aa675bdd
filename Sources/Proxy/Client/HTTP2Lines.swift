internal import NIOCore
internal import NIOHPACK
internal import NIOHTTP2

/// Lets an `HTTPConnection` speak HTTP/2 without knowing it: each question that is written becomes a stream, and what
/// comes back becomes lines and chunks of HTTP/1.1. One question at a time; stands above the framing.
final class HTTP2Lines: ChannelDuplexHandler {
    typealias InboundIn = HTTP2Frame
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = HTTP2Frame

    private enum Phase { case idle, head, length, chunks }

    private let scheme: String
    private var phase = Phase.idle
    private var id = 1
    private var toHead = false
    private var isLeaving = false

    init(scheme: String) { self.scheme = scheme }

    // MARK: what goes

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        var buffer = unwrapOutboundIn(data)
        let bytes = buffer.readableBytesView
        let end = (bytes.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound).map { $0 - bytes.startIndex }
        guard let end, let head = buffer.readSlice(length: end),
            let fields = head.withUnsafeReadableBytes({ HTTP2Heads.request($0, scheme: scheme) }), !isLeaving
        else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return context.close(promise: nil)
        }
        toHead = fields.first(name: ":method") == "HEAD"
        phase = .head
        let stream = HTTP2StreamID(id)
        let isEnd = buffer.readableBytes == 0
        write(context, stream, .headers(.init(headers: fields, endStream: isEnd)))
        if !isEnd { write(context, stream, .data(.init(data: .byteBuffer(buffer), endStream: true))) }
        promise?.succeed(())
    }

    private func write(_ context: ChannelHandlerContext, _ id: HTTP2StreamID, _ payload: HTTP2Frame.FramePayload) {
        context.write(wrapOutboundOut(HTTP2Frame(streamID: id, payload: payload)), promise: nil)
    }

    // MARK: what comes

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.payload {
        case .goAway(let last, _, _):
            isLeaving = true
            if phase == .idle || HTTP2StreamID(id) > last { context.close(promise: nil) }
        case .headers(let headers) where frame.streamID == HTTP2StreamID(id):
            take(headers.headers, isEnd: headers.endStream, context)
        case .data(let data) where frame.streamID == HTTP2StreamID(id):
            if case .byteBuffer(let buffer) = data.data { take(buffer, isEnd: data.endStream, context) }
        case .rstStream where frame.streamID == HTTP2StreamID(id) && phase != .idle:
            context.fireErrorCaught(HTTPClientFailure.broken("the stream was reset"))
            context.close(promise: nil)
        default: break
        }
    }

    private func take(_ fields: HPACKHeaders, isEnd: Bool, _ context: ChannelHandlerContext) {
        guard phase == .head else {
            guard isEnd else { return }
            return end(fields, context)
        }
        var lines = context.channel.allocator.buffer(capacity: 512)
        do throws(HTTP2Heads.Fault) {
            try HTTP2Heads.writeAnswer(fields, isWhole: isEnd, toHead: toHead, into: &lines)
        } catch {
            context.fireErrorCaught(HTTPClientFailure.broken("\(error.what)"))
            return context.close(promise: nil)
        }
        let status = fields.first(name: ":status") ?? ""
        let isInterim = status.hasPrefix("1")
        if !isInterim {
            let isBodiless = toHead || isEnd || status == "204" || status == "304"
            phase = isBodiless || fields.contains(name: "content-length") ? .length : .chunks
        }
        context.fireChannelRead(wrapInboundOut(lines))
        if isEnd { ended(context) }
    }

    private func take(_ buffer: ByteBuffer, isEnd: Bool, _ context: ChannelHandlerContext) {
        var buffer = buffer
        let count = buffer.readableBytes
        if count > 0 {
            if !isEnd { write(context, HTTP2StreamID(id), .windowUpdate(windowSizeIncrement: count)) }
            write(context, .rootStream, .windowUpdate(windowSizeIncrement: count))
            context.flush()
            if phase == .chunks {
                var chunk = context.channel.allocator.buffer(capacity: count + 20)
                chunk.writeString("\(String(count, radix: 16))\r\n")
                chunk.writeBuffer(&buffer)
                chunk.writeStaticString("\r\n")
                context.fireChannelRead(wrapInboundOut(chunk))
            } else if phase == .length {
                context.fireChannelRead(wrapInboundOut(buffer))
            }
        }
        if isEnd { end(nil, context) }
    }

    private func end(_ trailers: HPACKHeaders?, _ context: ChannelHandlerContext) {
        guard phase == .chunks else { return ended(context) }
        var lines = ByteBuffer(string: "0\r\n")
        do throws(HTTP2Heads.Fault) {
            if let trailers { try HTTP2Heads.writeTrailers(trailers, into: &lines) }
        } catch {
            context.fireErrorCaught(HTTPClientFailure.broken("\(error.what)"))
            return context.close(promise: nil)
        }
        lines.writeStaticString("\r\n")
        // who takes the end may ask again at once
        ended(context)
        context.fireChannelRead(wrapInboundOut(lines))
    }

    private func ended(_ context: ChannelHandlerContext) {
        phase = .idle
        id += 2
        if isLeaving { context.close(promise: nil) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent { context.fireUserInboundEventTriggered(event) }
    }
}
