internal import NIOCore
internal import NIOHPACK
internal import NIOHTTP2
internal import Telemetry

/// An HTTP/2 connection of a client (RFC 9113): owns all its streams, each of which is an exchange's downstream.
///
/// The library frames and keeps the states of streams; what is malformed, who may do how much, and windows of what
/// comes in are decided here. Nothing of a stream is a channel.
///
/// Phases and exits: `greeting` (no SETTINGS yet) -> `open` | `closing` | `closed`; `open` -> `closing` (told to go, or
/// nothing is left to do) | `closed`; `closing` -> `closed`.
final class HTTP2Connection: Timed, PatientConnection, ChannelInboundHandler, OpenClient {
    typealias InboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    enum Phase { case greeting, open, closing, closed }

    /// How far going away is (RFC 9113 6.8): a client is told first, and what it has sent until it knows is served.
    enum Leaving { case no, announced, told }

    let loop: Loop
    let client: Client
    let bounds: HTTP2Bounds
    let outlet: HTTP2Outlet
    private(set) var context: ChannelHandlerContext?
    var phase = Phase.greeting
    var leaving = Leaving.no
    /// Until then the client may answer that it knows.
    var leaveBy = Int64.max
    var streams: [HTTP2StreamID: HTTP2ClientStream] = [:]
    var conduct: HTTP2Conduct
    var head = HTTP2RequestHead()
    var lastStream = HTTP2StreamID(0)
    /// What a new answer may send, as the client's SETTINGS say; and of all of them together.
    var peerStreamWindow = 65_535
    var outboundWindow = 65_535
    var inboundWindow = 65_535
    /// A block of fields has to fit one frame.
    var peerFrameBytes = 16_384
    /// The client's table is small enough to be filled.
    var indexes = true
    var isReading = false
    var mustFlush = false
    /// The library has given the connection up, and says why next.
    var isBroken = false
    /// The frame that was written last is RST_STREAM; and it took back a request that was not answered.
    var hasJustReset = false
    var hasJustTakenBack = false
    /// Streams that had something of their request come, that were written to within a read, and for which something is
    /// to be done now that frames have gone out.
    var touched: [HTTP2ClientStream] = []
    var written: [HTTP2ClientStream] = []
    var sent: [HTTP2ClientStream] = []
    /// Requests that wait for their turn to begin, in order, and those of them that have been taken back meanwhile.
    var waiting: [HTTP2ClientStream] = []
    /// Kept until nobody on the stack can hold them by an unsafe reference.
    private var ended: [HTTP2ClientStream] = []
    private var isSettling = false
    var unsent = UnsentBytes()
    /// When it began, or its last stream ended.
    private(set) var idleSince: Int64 = 0

    private init(_ loop: Loop, _ client: Client, _ outlet: HTTP2Outlet) {
        self.loop = loop
        self.client = client
        self.outlet = outlet
        bounds = loop.runtime.http2
        conduct = HTTP2Conduct(bounds.conduct)
    }

    /// Makes the end of a pipeline speak HTTP/2. The connection has been counted as open, by whoever found out that it
    /// does; here it is counted as closed.
    static func join(
        _ channel: any Channel, _ loop: Loop, _ client: Client, isDirect: Bool
    ) throws -> HTTP2Outlet {
        let outlet = HTTP2Outlet(loop, isDirect: isDirect)
        let connection = HTTP2Connection(loop, client, outlet)
        // what is to be said goes out when all that came has been read, and its end may come with it
        try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: true)
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(outlet)
        try pipeline.addHandler(connection.framing())
        try pipeline.addHandler(connection)
        return outlet
    }

    private func framing() -> NIOHTTP2Handler {
        var settings = NIOHTTP2Handler.ConnectionConfiguration()
        settings.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: bounds.streams),
            HTTP2Setting(parameter: .initialWindowSize, value: bounds.streamWindow),
            HTTP2Setting(parameter: .maxHeaderListSize, value: bounds.headerListBytes),
            HTTP2Setting(parameter: .enableConnectProtocol, value: 1),
        ]
        settings.headerBlockValidation = .disabled
        settings.contentLengthValidation = .disabled
        settings.maximumSequentialEmptyDataFrames = .max
        settings.maximumBufferedControlFrames = bounds.conduct.controlFrames
        settings.maximumSequentialContinuationFrames = bounds.continuations
        settings.maximumRecentlyResetStreams = bounds.streams
        settings.maximumConnectionGlitches = .max
        // counted here; a window of nothing is no limit, and costs no memory
        settings.controlFrameRateLimit.maximumCount = 16
        settings.controlFrameRateLimit.windowLength = .nanoseconds(0)
        var each = NIOHTTP2Handler.StreamConfiguration()
        each.streamErrorRateLimit.maximumCount = bounds.conduct.malformed
        each.streamResetFrameRateLimit.maximumCount = bounds.conduct.resets
        return NIOHTTP2Handler(
            mode: .server, frameDelegate: self, connectionConfiguration: settings, streamConfiguration: each)
    }

    // MARK: channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        outlet.writer = context
        guard context.channel.isActive else { return }
        begin(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        outlet.writer = nil
    }

    func channelActive(context: ChannelHandlerContext) { begin(context) }

    private func begin(_ context: ChannelHandlerContext) {
        guard loop.clients[ObjectIdentifier(self)] == nil, phase == .greeting else { return }
        loop.touch()
        loop.clients[ObjectIdentifier(self)] = self
        idleSince = loop.now
        loop.counters.add(1, to: .http2Connections)
        loop.wheel.set(self, loop.now + loop.runtime.timeouts.header)
        refill()
        flush()
        if loop.process.isDraining { drain() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        outlet.channelClosed()
        loop.wheel.retire(self)
        guard phase != .closed else { return }
        phase = .closed
        loop.touch()
        if loop.clients.removeValue(forKey: ObjectIdentifier(self)) != nil {
            loop.counters.add(-1, to: .activeConnections)
            loop.process.connectionClosed(client.address)
        }
        endStreams()
        dropEnded()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        loop.touch()
        if !context.channel.isWritable {
            beginLooking()
            loop.wheel.set(self, loop.now + min(loop.runtime.timeouts.write, UnsentBytes.settled))
        } else {
            settle()
            rest()
            if phase == .closing { loop.wheel.set(self, loop.now + Self.lingerNanoseconds) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        loop.touch()
        if isBroken {
            guard phase == .open || phase == .greeting else { return }
            loop.counters.add(1, to: Self.tally(error))
            return closeGracefully()
        }
        // what is wrong with one stream has been answered by its reset
        let isOfStream =
            error is NIOHTTP2Errors.StreamError
            || error is any NIOHTTP2Error && !(error is NIOHTTP2Errors.UnableToSerializeFrame)
        if !isOfStream { close() }
        // a client that has us take its requests back costs what one does that takes them back itself (CVE-2025-8671)
        if hasJustReset, hasJustTakenBack, let fault = conduct.reset(beforeAnswer: true, loop.now) { close(for: fault) }
        hasJustTakenBack = false
        // the library calls a frame of a request that has ended a protocol error (RFC 9113 5.1 says better)
        if hasJustReset, error is NIOHTTP2Errors.BadStreamStateTransition {
            outlet.amendReset(UInt32(HTTP2ErrorCode.streamClosed.networkCode))
        }
    }

    /// Which limit or rule the library found broken.
    private static func tally(_ error: any Error) -> Tally {
        switch error {
        case is NIOHTTP2Errors.ExcessiveContinuationFrames: .http2Continuations
        case is NIOHTTP2Errors.ExcessiveRSTFrames: .http2ManyResets
        case is NIOHTTP2Errors.ExcessiveStreamErrors: .http2ManyMalformed
        case is NIOHTTP2Errors.ExcessiveOutboundFrameBuffering: .http2ControlFrames
        case is NIOHTTP2Errors.ExcessivelyLargeHeaderBlock: .http2HeaderBytes
        default: .http2ProtocolErrors
        }
    }

    // MARK: writing

    @inline(__always)
    func write(_ stream: HTTP2StreamID, _ payload: HTTP2Frame.FramePayload) {
        guard let context else { return }
        mustFlush = true
        context.write(wrapOutboundOut(HTTP2Frame(streamID: stream, payload: payload)), promise: nil)
    }

    /// Frames go on their way, but for those that windows hold back. Within a read the library does so at its end.
    func flush() {
        guard !isReading, let context, phase != .closed else { return }
        mustFlush = false
        context.flush()
        settle()
    }

    /// What follows from frames that have gone out.
    func settle() {
        guard !isSettling else { return }
        isSettling = true
        while !written.isEmpty || !sent.isEmpty {
            let (checked, done) = (written, sent)
            written.removeAll(keepingCapacity: true)
            sent.removeAll(keepingCapacity: true)
            for stream in checked { stream.checkWaiting() }
            for stream in done { stream.framesSent() }
        }
        isSettling = false
        if mustFlush { flush() }
    }

    /// Makes room for what all streams together may send.
    func refill() {
        guard inboundWindow < bounds.connectionWindow / 2 else { return }
        let increment = bounds.connectionWindow - inboundWindow
        inboundWindow = bounds.connectionWindow
        write(.rootStream, .windowUpdate(windowSizeIncrement: increment))
    }

    // MARK: streams

    func reset(_ stream: HTTP2StreamID, _ code: HTTP2ErrorCode) { write(stream, .rstStream(code)) }

    /// The request is refused as malformed (RFC 9113 8.1.1).
    func malformed(_ stream: HTTP2StreamID) {
        reset(stream, .protocolError)
        loop.counters.add(1, to: .http2Malformed)
        if let fault = conduct.malformed(loop.now) { close(for: fault) }
    }

    func remove(_ stream: HTTP2ClientStream) {
        guard streams.removeValue(forKey: stream.id) != nil else { return }
        loop.wheel.retire(stream)
        idleSince = loop.now
        ended.append(stream)
        rest()
    }

    func dropEnded() {
        if !ended.isEmpty { ended.removeAll(keepingCapacity: true) }
    }

    /// Every exchange hears that its client is gone.
    private func endStreams() {
        for stream in Array(streams.values) { stream.connectionLost() }
    }

    // MARK: the end

    /// Where nothing is asked any more, the clock of an idle connection runs, or it is over.
    func rest() {
        guard phase == .open || phase == .greeting else { return }
        if leaving == .announced { return loop.wheel.set(self, leaveBy) }
        if context?.channel.isWritable == false, case .waiting(let end) = look(loop.now) {
            return loop.wheel.set(self, end)
        }
        guard streams.isEmpty else { return loop.wheel.set(self, .max) }
        if leaving == .told { return closeGracefully() }
        if phase == .open, leaving == .no { loop.wheel.set(self, loop.now + loop.runtime.timeouts.idle) }
    }

    /// The client has done too much of something.
    func close(for fault: HTTP2Conduct.Fault) {
        guard phase == .open || phase == .greeting else { return }
        let tally: Tally =
            switch fault {
            case .rapidResets: .http2RapidResets
            case .resets: .http2ManyResets
            case .malformed: .http2ManyMalformed
            case .controlFrames: .http2ControlFrames
            case .emptyFrames: .http2EmptyFrames
            case .windowUpdates: .http2WindowUpdates
            }
        loop.counters.add(1, to: tally)
        goAway(.enhanceYourCalm)
        closeGracefully()
    }

    func goAway(_ code: HTTP2ErrorCode) {
        leaving = .told
        write(.rootStream, .goAway(lastStreamID: lastStream, errorCode: code, opaqueData: nil))
    }

    /// Everything written goes out, then our side closes; the client's is awaited for a moment, so that it gets our
    /// last words and not a reset.
    func closeGracefully() {
        guard phase == .open || phase == .greeting else { return }
        if let context { context.flush() }
        guard phase != .closed else { return }
        phase = .closing
        endStreams()
        beginLooking()
        loop.wheel.set(self, loop.now + Self.lingerNanoseconds)
        context?.close(mode: .output, promise: nil)
    }

    func close() { context?.close(promise: nil) }

    override func deadlinePassed(now: Int64) {
        if phase == .open || phase == .greeting {
            if leaving == .announced { return leave() }
            if context?.channel.isWritable == false || streams.isEmpty, awaitsTaking(now) { return }
        }
        switch phase {
        case .open where !streams.isEmpty: break
        case .open:
            goAway(.noError)
            closeGracefully()
        case .closing: linger(now)
        case .greeting, .closed: close()
        }
    }
}
