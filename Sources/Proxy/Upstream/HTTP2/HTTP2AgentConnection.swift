internal import Balancer
internal import Glibc
internal import NIOCore
internal import NIOHPACK
internal import NIOHTTP2
internal import Telemetry
internal import Wire

/// An HTTP/2 connection to an agent (RFC 9113): owns all of its streams, each leased to one exchange.
///
/// Phases and exits: `greeting` (the agent's SETTINGS have not come) -> `open` | `closed`; `open` -> `leaving` |
/// `closed`; `leaving` (GOAWAY, too old, or its agent is named no more; no new streams) -> `closed`.
final class HTTP2AgentConnection: Timed, ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    enum Phase { case greeting, open, leaving, closed }

    let upstream: Upstream
    let loop: Loop
    private let home: HTTP2Agent
    private let opened: Int64
    private var context: ChannelHandlerContext?
    private(set) var phase = Phase.greeting
    private var streams: [HTTP2StreamID: HTTP2AgentStream] = [:]
    /// Streams that are leased; some have no number yet.
    private(set) var leased = 0
    /// Streams that have ended: the connection has served others before.
    private(set) var served = 0
    private(set) var mostStreams = HTTP2Terms.firstStreams
    private var nextID = 1
    /// Streams that have passed on bytes in this turn.
    private var touched: [HTTP2AgentStream] = []
    private var isFlushing = false
    let ends = HTTP2Ends()
    /// Streams whose end had to wait, and may be written now.
    private var ending: [HTTP2AgentStream] = []
    private var heard: Int64
    private var idleSince: Int64
    private var pinged: Int64 = 0
    private var awaitsPing = false
    /// The framing has given the connection up.
    private var isBroken = false
    private var tlsFailure: TLSFailure?
    private var ready: ((HTTP2Failure?) -> Void)?
    private var countsIdle = false

    /// `ready`: told once that the agent speaks HTTP/2, or why not.
    init(_ upstream: Upstream, _ home: HTTP2Agent, ready: @escaping (HTTP2Failure?) -> Void) {
        self.upstream = upstream
        self.home = home
        self.ready = ready
        loop = upstream.loop
        opened = upstream.loop.now
        heard = upstream.loop.now
        idleSince = upstream.loop.now
    }

    var isIdle: Bool { leased == 0 }
    /// Silent for a second: the kernel is asked before it is used.
    var isStale: Bool { loop.now &- heard > 1_000_000_000 }
    var hasRoom: Bool {
        guard phase == .open, leased < mostStreams, !isBroken else { return false }
        guard nextID < HTTP2Terms.lastStream, loop.now &- opened <= upstream.mostAge else {
            retire()
            return false
        }
        return true
    }

    /// Nothing has come that was not read yet.
    var isQuiet: Bool {
        guard let context, context.channel.isActive else { return false }
        let socket = context.channel.descriptor
        guard socket >= 0 else { return false }
        var byte: UInt8 = 0
        return recv(socket, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) < 0 && errno == EAGAIN
    }

    // MARK: streams

    func newStream() -> HTTP2AgentStream {
        if leased == 0 { wake() }
        leased += 1
        return HTTP2AgentStream(self)
    }

    /// How long the agent's SETTINGS are waited for.
    func greet(within wait: TimeAmount) {
        if phase == .greeting { loop.wheel.set(self, loop.now &+ wait.nanoseconds) }
    }

    /// The stream's head goes out: from here on it has a number.
    func open(_ stream: HTTP2AgentStream) -> HTTP2StreamID {
        let id = HTTP2StreamID(nextID)
        nextID += 2
        streams[id] = stream
        return id
    }

    /// The agent knows the stream no more.
    func forget(_ id: HTTP2StreamID) { streams[id] = nil }

    /// The stream is over, or was never begun.
    func ended(_ stream: HTTP2AgentStream) {
        if stream.id != .rootStream { streams[stream.id] = nil }
        leased -= 1
        served += 1
        guard phase != .closed else { return }
        if leased == 0 {
            idleSince = loop.now
            if phase == .leaving { return closeSoon() }
            settle()
        }
        if phase == .open { home.hasRoom() }
    }

    // MARK: what goes

    func write(_ id: HTTP2StreamID, _ payload: HTTP2Frame.FramePayload) {
        guard phase != .closed, let context else { return }
        context.write(wrapOutboundOut(HTTP2Frame(streamID: id, payload: payload)), promise: nil)
        flushSoon()
    }

    /// Once for all that is written in this turn of the loop.
    func flushSoon() {
        guard !isFlushing else { return }
        isFlushing = true
        let bound = NIOLoopBound(self, eventLoop: loop.eventLoop)
        loop.eventLoop.execute {
            let connection = bound.value
            connection.isFlushing = false
            connection.ends.together {
                connection.context?.flush()
                connection.writeEnds()
            }
        }
    }

    /// The content before a stream's end has gone; told while a frame is being written.
    func mayEnd(_ stream: HTTP2AgentStream) {
        ending.append(stream)
        flushSoon()
    }

    private func writeEnds() {
        let streams = ending
        ending.removeAll(keepingCapacity: true)
        for stream in streams { stream.writeEnd() }
    }

    // MARK: idle and old

    private func wake() {
        if countsIdle { loop.idleUpstreams -= 1 }
        countsIdle = false
        heard = loop.now
        loop.wheel.set(self, loop.now &+ HTTP2Terms.pingAfter)
    }

    /// Nobody uses it now: it is kept for who comes, or closed.
    func settle() {
        guard leased == 0, phase == .open, !countsIdle else { return }
        guard upstream.mayKeepIdle(home.idleCount - 1) else { return closeSoon() }
        countsIdle = true
        loop.idleUpstreams += 1
        loop.wheel.set(self, loop.now &+ upstream.idleNanoseconds)
    }

    func retire() {
        guard phase != .closed else { return }
        phase = .leaving
        if leased == 0 { closeSoon() }
    }

    /// After what is being written now.
    private func closeSoon() {
        phase = .leaving
        let bound = NIOLoopBound(self, eventLoop: loop.eventLoop)
        loop.eventLoop.execute { bound.value.close() }
    }

    override func deadlinePassed(now: Int64) {
        guard phase != .closed else { return }
        if phase == .greeting || leased == 0 { return close() }
        if awaitsPing {
            if heard < pinged, now &- pinged >= HTTP2Terms.pingLimit { return close() }
            if heard >= pinged { awaitsPing = false }
        } else if now &- heard >= HTTP2Terms.pingAfter, pinged <= heard || now &- pinged >= HTTP2Terms.pingPause {
            pinged = now
            awaitsPing = true
            write(.rootStream, .ping(HTTP2PingData(withInteger: UInt64(truncatingIfNeeded: now)), ack: false))
        }
        loop.wheel.set(self, now &+ (awaitsPing ? HTTP2Terms.pingLimit : HTTP2Terms.pingAfter))
    }

    // MARK: channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        ends.writer = context
        let more = HTTP2Terms.connectionWindow - 65_535
        context.writeAndFlush(
            wrapOutboundOut(HTTP2Frame(streamID: .rootStream, payload: .windowUpdate(windowSizeIncrement: more))),
            promise: nil)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        ends.writer = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        loop.touch()
        heard = loop.now
        let frame = unwrapInboundIn(data)
        switch frame.payload {
        case .headers(let headers): streams[frame.streamID]?.take(headers.headers, isEnd: headers.endStream)
        case .data(let data):
            guard let stream = streams[frame.streamID], case .byteBuffer(let buffer) = data.data else { return }
            if !stream.isTouched {
                stream.isTouched = true
                touched.append(stream)
            }
            stream.take(buffer, isEnd: data.endStream)
        case .rstStream(let code): streams[frame.streamID]?.wasReset(code)
        case .settings(.settings(let settings)): take(settings)
        case .goAway(let last, let code, _): wentAway(last, code)
        case .ping(_, ack: true): awaitsPing = false
        default: break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        guard !touched.isEmpty else { return }
        let streams = touched
        touched.removeAll(keepingCapacity: true)
        for stream in streams {
            stream.isTouched = false
            stream.exchange?.downstream?.flush()
        }
    }

    private func take(_ settings: HTTP2Settings) {
        for setting in settings where setting.parameter == .maxConcurrentStreams {
            mostStreams = min(max(setting.value, 0), HTTP2Terms.mostStreams)
        }
        guard phase == .greeting else { return home.hasRoom() }
        phase = .open
        let told = ready
        ready = nil
        told?(nil)
    }

    /// GOAWAY (RFC 9113 6.8): what came after `last` was not looked at.
    private func wentAway(_ last: HTTP2StreamID, _ code: HTTP2ErrorCode) {
        if phase == .open { phase = .leaving }
        let refused = streams.values.filter { $0.id > last }.sorted { $0.id < $1.id }
        for stream in refused { stream.wasRefused() }
        if leased == 0 { closeSoon() }
    }

    /// Streams that refuse to begin show that there are too many.
    func refusedStream() { mostStreams = max(1, min(mostStreams, leased - 1)) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let event as NIOHTTP2WindowUpdatedEvent:
            guard let window = event.inboundWindowSize else { return }
            if event.streamID == .rootStream {
                let used = HTTP2Terms.connectionWindow - window
                if used >= HTTP2Terms.connectionWindow / 2, phase != .greeting {
                    write(.rootStream, .windowUpdate(windowSizeIncrement: used))
                }
            } else {
                streams[event.streamID]?.windowIs(window)
            }
        case let event as StreamClosedEvent: streams[event.streamID]?.wasReset(event.reason ?? .noError)
        case let event as ChannelEvent where event == .inputClosed: context.close(promise: nil)
        default: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // what concerns one stream was, or will be, told to it
        if error is NIOHTTP2Errors.StreamError { return }
        tlsFailure = error as? TLSFailure
        // the library has changed its table for a head that was never sent: what it would say next means something else
        if error is NIOHTTP2Errors.UnableToSerializeFrame { return close() }
        if isBroken || tlsFailure != nil || error is IOError || phase == .greeting { context.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) { over() }

    func close() {
        guard phase != .closed else { return }
        context?.close(promise: nil)
        over()
    }

    private func over() {
        guard phase != .closed else { return }
        loop.touch()
        let wasGreeting = phase == .greeting
        phase = .closed
        loop.wheel.retire(self)
        if countsIdle { loop.idleUpstreams -= 1 }
        countsIdle = false
        if !wasGreeting { loop.counters.add(-1, to: .activeConnections, agent: upstream.label) }
        home.closed(self)
        let told = ready
        ready = nil
        told?(.noSettings)
        let left = streams.values.sorted { $0.id < $1.id }
        let tls = tlsFailure.flatMap(upstream.tlsEnded)
        for stream in left { stream.connectionEnded(tls) }
    }
}

extension HTTP2AgentConnection: NIOHTTP2FrameDelegate {
    func wroteFrame(_ frame: HTTP2Frame) {
        switch frame.payload {
        case .data(let data): streams[frame.streamID]?.wrote(data.data.readableBytes)
        // the only ones are the framing's own, for what cannot go on
        case .goAway: isBroken = true
        default: break
        }
    }
}
