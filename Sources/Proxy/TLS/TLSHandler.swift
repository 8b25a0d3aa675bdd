internal import Glibc
internal import NIOCore

/// Who is told of a server's handshakes, before anybody behind the handler is.
protocol TLSAcceptance: AnyObject {
    /// A connection has come; how long its handshake may take is watched there. False: it is closed.
    func began(_ context: ChannelHandlerContext, _ handler: TLSHandler) -> Bool
    /// It stands. Who speaks over it joins the pipeline now.
    func established(_ context: ChannelHandlerContext, _ handler: TLSHandler)
    /// It did not come about. Bytes that are answered are sent as they are, before the connection closes.
    func failed(_ context: ChannelHandlerContext?, _ error: any Error) -> ByteBuffer?
}

/// Stands between a socket and who speaks over it: encrypts what goes, decrypts what comes.
///
/// Whoever stands behind it hears of `channelActive` when the handshake is over, and of nothing where it failed. A peer
/// that ends its side is `ChannelEvent.inputClosed`; one that does not say so first (a truncation) is an error,
/// `TLSFailure`. Reads are the channel's own, so its `autoRead` must be on: whoever wants a pause holds them back.
final class TLSHandler: ChannelDuplexHandler, TakesTurns {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Exits: `waiting` -> `handshaking`; `handshaking` -> `open` | `over`; `open` -> `closing` | `over`;
    /// `closing` -> `over`.
    private enum Phase { case waiting, handshaking, open, closing, over }

    let session: TLSSession
    private let limit: NIODeadline?
    /// Buffers that a loop has spare; nil where there are none.
    private let reads: SpareBuffers?
    private let writes: SpareBuffers?
    private var phase = Phase.waiting
    private var context: ChannelHandlerContext?
    private var out: ByteBuffer?
    private var deadline: Scheduled<Void>?
    private var promise: EventLoopPromise<Void>?
    private var acceptance: (any TLSAcceptance)?
    /// The channel's descriptor while it is open, where something may be sent past the channel's queue: else -1.
    private var socket: CInt = -1
    private var isQueued = false
    /// Nothing more is said, not even goodbye.
    private var isCut = false
    /// Of a server's handshakes; nil where each is taken as it comes.
    private let turns: Turns?
    /// Bytes of a handshake that waits for its turn. Nothing more is read meanwhile, and that nothing more will come is told
    /// after them.
    private var held: ByteBuffer?
    private var readPending = false
    private var inputEnded = false

    /// - Parameters:
    ///   - limit: when the handshake must be over; nil where `acceptance` sees to that.
    ///   - acceptance: of a server's connection.
    ///   - turns: that its handshake shares with others.
    init(
        _ session: TLSSession, limit: NIODeadline?, reads: SpareBuffers? = nil, writes: SpareBuffers? = nil,
        acceptance: (any TLSAcceptance)? = nil, turns: Turns? = nil
    ) {
        self.session = session
        self.acceptance = acceptance
        self.turns = turns
        self.limit = limit
        self.reads = reads
        self.writes = writes
    }

    // MARK: the connection

    /// The handshake is over, or failed for this reason; nil before the handler is in a pipeline, and of a server's.
    var ready: EventLoopFuture<Void>? { promise?.futureResult }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if acceptance == nil { promise = context.eventLoop.makePromise() }
        if context.channel.isActive { begin(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        socket = -1
        self.context = nil
        end(ChannelError.alreadyClosed, context)
    }

    func channelActive(context: ChannelHandlerContext) { begin(context) }

    private func begin(_ context: ChannelHandlerContext) {
        guard phase == .waiting else { return }
        if let acceptance {
            guard acceptance.began(context, self) else {
                end(ChannelError.alreadyClosed, context)
                return context.close(promise: nil)
            }
            socket = context.channel.descriptor
            phase = .handshaking
            // the client speaks first
            return
        }
        phase = .handshaking
        if let limit {
            let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
            deadline = context.eventLoop.scheduleTask(deadline: limit) { bound.value.timedOut() }
        }
        var hello = buffer(1024)
        let failure = session.begin(&hello)
        out = hello
        send(context)
        if let failure { fail(context, failure) }
    }

    /// The handshake has taken too long.
    func timedOut() {
        guard phase == .handshaking, let context else { return }
        fail(
            context,
            TLSFailure(
                .timeout, "the TLS handshake did not end in time",
                hint: "the peer may be overloaded, or not speak TLS at all"))
    }

    func channelInactive(context: ChannelHandlerContext) {
        socket = -1
        switch phase {
        case .waiting, .handshaking: fail(context, Self.closedEarly)
        case .open where !session.peerHasEnded:
            // nobody is there who would hear goodbye
            isCut = true
            context.fireErrorCaught(TLSFailure.truncated)
            fallthrough
        case .open, .closing:
            phase = .over
            context.fireChannelInactive()
        case .over: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch phase {
        case .waiting, .handshaking:
            end(error, context)
            context.close(promise: nil)
        case .open, .closing, .over:
            // of the socket: nobody would hear goodbye
            isCut = true
            context.fireErrorCaught(error)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? ChannelEvent, event == .inputClosed else {
            return context.fireUserInboundEventTriggered(event)
        }
        if held == nil { endInput(context) } else { inputEnded = true }
    }

    private func endInput(_ context: ChannelHandlerContext) {
        switch phase {
        case .waiting, .handshaking: fail(context, Self.closedEarly)
        // told already, by the peer's close_notify
        case .open where session.peerHasEnded, .closing, .over: break
        case .open:
            // who leaves without a word is told none either
            isCut = true
            context.fireErrorCaught(TLSFailure.truncated)
        }
    }

    private static let closedEarly = TLSFailure(
        .badProtocol, "the peer closed the connection within the TLS handshake",
        hint: "use http:// if it serves plain HTTP; else look at its log")

    // MARK: what comes

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let input = unwrapInboundIn(data)
        guard phase == .handshaking, let turns else { return take(input, context) }
        let isTaken = held == nil && turns.take { take(input, context) }
        if !isTaken { hold(input, turns, context) }
    }

    /// It waits for its turn, and not for its peer.
    var isWaiting: Bool { held != nil }

    private func hold(_ input: ByteBuffer, _ turns: Turns, _ context: ChannelHandlerContext) {
        if held == nil {
            // else the connection would end with its input, before what came is looked at
            try? context.channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: true)
            // a large buffer is the loop's, which it needs again at once
            held = ByteBuffer(bytes: input.readableBytesView)
            turns.add(self)
        } else {
            held?.writeImmutableBuffer(input)
        }
        reads?.giveBack(input)
    }

    /// Goes on with a handshake that was made to wait; nothing where it is over.
    func takeTurn() -> Bool {
        guard let input = held.take(), let context else { return false }
        if phase == .handshaking {
            take(input, context)
            channelReadComplete(context: context)
        }
        if inputEnded { endInput(context) }
        if readPending {
            readPending = false
            context.read()
        }
        return false
    }

    func read(context: ChannelHandlerContext) {
        if held == nil { context.read() } else { readPending = true }
    }

    private func take(_ input: consuming ByteBuffer, _ context: ChannelHandlerContext) {
        var plain = reads?.take() ?? ByteBuffer()
        var last: TLSSession.Event?
        // hold what is to be sent back, so that nobody else appends to it meanwhile
        var answer = ByteBuffer()
        reading: while phase != .over {
            last = session.next(&input, &plain, &answer)
            if answer.readableBytes > 0 {
                append(&answer)
                send(context)
            }
            guard last == .established else { break reading }
            establish(context)
        }
        reads?.giveBack(input)
        if plain.readableBytes > 0, phase == .open {
            context.fireChannelRead(wrapInboundOut(plain))
        } else {
            reads?.giveBack(plain)
        }
        guard phase != .over else { return }
        switch last {
        case .ended where phase == .open: context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        case .failed(let failure): fail(context, failure)
        default: break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if phase == .open { context.fireChannelReadComplete() }
    }

    private func establish(_ context: ChannelHandlerContext) {
        guard phase == .handshaking else { return }
        phase = .open
        deadline?.cancel()
        deadline = nil
        acceptance?.established(context, self)
        acceptance = nil
        context.fireChannelActive()
        promise?.succeed(())
    }

    // MARK: what goes

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let plain = unwrapOutboundIn(data)
        let room = TLSSession.room(for: plain.readableBytes)
        // many pieces share a buffer; a large one gets its own, so that the first is not made to grow
        if let waiting = out, waiting.readableBytes > 0, waiting.writableBytes < room { hand(context, nil) }
        var into = out.take() ?? buffer(room)
        let failure = plain.withUnsafeReadableBytes { session.encrypt($0, &into) }
        out = into
        if let failure {
            promise?.fail(failure)
        } else if promise != nil {
            hand(context, promise)
        }
    }

    func flush(context: ChannelHandlerContext) {
        if sendsDirectly(context) { return }
        hand(context, nil)
        context.flush()
    }

    /// What was encrypted goes straight to the socket while nothing waits in the channel's queue, as in `Outlet`. True:
    /// nothing is left of it.
    private func sendsDirectly(_ context: ChannelHandlerContext) -> Bool {
        guard socket >= 0, let waiting = out, waiting.readableBytes > 0 else { return false }
        if isQueued {
            let queued = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 1
            isQueued = queued > 0
            if isQueued { return false }
        }
        let sent = waiting.withUnsafeReadableBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        if sent == waiting.readableBytes {
            out = nil
            writes?.giveBack(waiting)
            return true
        }
        // an error is found again by the channel's own write, which closes it
        if sent > 0 { out?.moveReaderIndex(forwardBy: sent) }
        return false
    }

    /// What comes now must not be taken for all of it: no `close_notify` follows (RFC 8446 6.1).
    func cut() { isCut = true }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode != .input, phase == .open, isCut {
            if mode == .all { phase = .closing }
        } else if mode != .input, phase == .open {
            var goodbye = out.take() ?? buffer(64)
            session.finish(&goodbye)
            out = goodbye
            if mode == .all { phase = .closing }
            send(context)
        }
        if mode == .all { socket = -1 }
        context.close(mode: mode, promise: promise)
    }

    /// Hands what was encrypted on; what it is followed by stands in a buffer of its own.
    private func hand(_ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        guard let buffer = out.take() else { return }
        if buffer.readableBytes > 0 || promise != nil {
            isQueued = true
            context.write(wrapOutboundOut(buffer), promise: promise)
        }
        writes?.giveBack(buffer)
    }

    private func send(_ context: ChannelHandlerContext) {
        guard let waiting = out, waiting.readableBytes > 0 else { return }
        if sendsDirectly(context) { return }
        hand(context, nil)
        context.flush()
    }

    private func append(_ answer: inout ByteBuffer) {
        guard out != nil else {
            out = answer
            answer = ByteBuffer()
            return
        }
        out?.writeBuffer(&answer)
        answer.clear()
    }

    private func buffer(_ room: Int) -> ByteBuffer {
        if let writes, room <= writes.size { return writes.take() }
        return ByteBufferAllocator().buffer(capacity: room)
    }

    // MARK: ends

    /// TLS cannot go on. Who waits for the handshake is told; else whoever stands behind, who closes.
    private func fail(_ context: ChannelHandlerContext, _ failure: TLSFailure) {
        if phase == .open {
            context.fireErrorCaught(failure)
        } else if phase != .closing {
            end(failure, context)
            context.close(promise: nil)
        }
    }

    /// Before the handshake is over.
    private func end(_ error: any Error, _ context: ChannelHandlerContext? = nil) {
        guard phase == .waiting || phase == .handshaking else { return }
        let hasBegun = phase == .handshaking
        phase = .over
        deadline?.cancel()
        deadline = nil
        out = nil
        held = nil
        if hasBegun, let reply = acceptance?.failed(context, error), let context {
            context.writeAndFlush(wrapOutboundOut(reply), promise: nil)
        }
        acceptance = nil
        promise?.fail(error)
    }
}
