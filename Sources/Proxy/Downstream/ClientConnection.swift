internal import Access
internal import Glibc
internal import NIOCore
internal import Telemetry
internal import Wire

/// An HTTP/1 connection of a client: turns its bytes into exchanges, one after the other, and answers into bytes.
///
/// Phases and exits: `head` -> `body` | `answering` | `closing`; `body` -> `answering` | `discarding` | `closing`;
/// `answering` -> `head` | `tunnel` | `closing`; `discarding` -> `head` | `closing`; `tunnel`, `closing` -> `closed`.
final class ClientConnection: Timed, PatientConnection, ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Phase { case head, body, answering, discarding, tunnel, closing, closed }

    /// What a client may send ahead (pipelined) while its last request is answered.
    static let aheadBytes = 64 * 1024
    /// A request's body that nobody wants is read and dropped up to here; a longer one closes the connection.
    static let discardBytes = 64 * 1024

    let loop: Loop
    var client: Client
    var phase = Phase.head
    var context: ChannelHandlerContext?
    var exchange: Exchange?
    var body = BodyReader()
    /// Bytes that came while nobody could take them.
    var ahead: ByteBuffer?
    let out = Outlet()
    var isConsuming = false
    var answerStarted = false
    var answerChunked = false
    /// The client knows where the answer ends without the connection's end.
    var answerSized = false
    var keepsAlive = true
    var wantsRead = true
    var readPending = false
    var tunnelStream: (any UpstreamStream)?
    var tunnelExchange: Exchange?
    var tunnelFrames: WebSocketBoundary?
    var tunnelNotice: WebSocketNotice?
    var inputEnded = false
    var outputEnded = false
    var phaseStarted: Int64 = 0
    /// When its last answer ended, or it began.
    var idleSince: Int64 = 0
    /// When the last byte of a body came.
    var progressed: Int64 = 0
    var discarded = 0
    var unsent = UnsentBytes()
    /// Nothing has come yet, and it may be HTTP/2; it is.
    var mayBeHTTP2 = false
    private let isHTTP2: Bool
    /// Told by a drain: the answer to the next request says `Connection: close`.
    var isDraining = false
    /// What stands between here and the socket where the client speaks TLS.
    let secure: TLSHandler?

    /// - Parameter isHTTP2: as ALPN has agreed.
    init(_ loop: Loop, _ door: Door, secure: TLSHandler? = nil, isHTTP2: Bool = false) {
        self.loop = loop
        self.secure = secure
        self.isHTTP2 = isHTTP2
        client = Client(nil, door, isTrusted: { _ in false })
    }

    // MARK: channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        loop.touch()
        guard !loop.isNameless(context) else {
            phase = .closed
            return context.close(promise: nil)
        }
        if secure == nil { out.open(context) }
        client = Client(
            loop.remoteAddress(of: context), client.door, tls: secure?.session.clientFacts,
            identityHeader: loop.runtime.identityHeader, generation: loop.runtime.generation.number,
            isTrusted: loop.runtime.isTrusted)
        if secure != nil, loop.process.isDraining { isDraining = true }
        let isWelcome = loop.process.connectionOpened(client.address) || !client.door.isPublic
        guard isWelcome else {
            refuse(context)
            return
        }
        if let access = loop.runtime.edge?.access, let failure = client.refusal(access) {
            refuse(context, failure)
            return
        }
        idleSince = loop.now
        loop.clients[ObjectIdentifier(self)] = self
        loop.counters.add(1, to: .activeConnections)
        loop.counters.add(1, to: .connectionsAccepted)
        if isHTTP2 { return becomeHTTP2(context, isDirect: secure == nil) }
        mayBeHTTP2 = secure == nil && client.door == .clients && loop.runtime.http2.cleartext
        loop.wheel.set(self, loop.now + loop.runtime.timeouts.header)
    }

    /// Too many connections, or one from where none may come: told so, and closed.
    func refuse(_ context: ChannelHandlerContext, _ failure: Failure = Failure.tooManyConnections) {
        loop.counters.add(1, to: .connectionsRefused)
        loop.process.connectionClosed(client.address)
        phase = .closed
        if failure.kind != .overloaded { loop.counters.failed(kind: failure.kind.index) }
        if isHTTP2 { return context.close(promise: nil) }
        let text = failure.bareText
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
        context.close(mode: .output, promise: nil)
        loop.wheel.set(self, loop.now + Self.lingerNanoseconds)
    }

    func channelInactive(context: ChannelHandlerContext) {
        out.close()
        loop.wheel.retire(self)
        guard phase != .closed else { return }
        let wasTunnel = phase == .tunnel
        phase = .closed
        loop.touch()
        if loop.clients.removeValue(forKey: ObjectIdentifier(self)) != nil {
            loop.counters.add(-1, to: .activeConnections)
            loop.process.connectionClosed(client.address)
            loop.lookAtGates()
        }
        if wasTunnel {
            endTunnel()
        } else if let exchange {
            exchange.clientGone()
            if let left = self.exchange { giveBack(left) }
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        loop.touch()
        var buffer = unwrapInboundIn(data)
        switch phase {
        case .tunnel:
            // an agent that is gone is told nothing more
            guard tunnelStream != nil else { break }
            loop.wheel.set(self, loop.now + tunnelIdle)
            tunnelExchange?.bytesIn += buffer.readableBytes
            tunnelStream?.tunnel(buffer)
        case .closing, .closed: break
        default:
            if mayBeHTTP2, goesOverToHTTP2(&buffer, context) { break }
            if isConsuming || ahead != nil {
                keepAhead(&buffer)
            } else {
                consume(&buffer)
                if out.isFilled { flush() }
            }
        }
        loop.reads.giveBack(buffer)
    }

    /// The end of the way: nobody further along wants to know.
    func channelReadComplete(context: ChannelHandlerContext) {}

    func read(context: ChannelHandlerContext) {
        if wantsRead { context.read() } else { readPending = true }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        loop.touch()
        let writable = context.channel.isWritable
        if phase == .tunnel {
            tunnelStream?.wantAnswer(writable)
            if inputEnded, outputEnded { closeTunnel() }
            return
        }
        exchange?.stream?.wantAnswer(writable)
        if !writable {
            beginLooking()
            loop.wheel.set(self, loop.now + min(loop.runtime.timeouts.write, UnsentBytes.settled))
        } else if phase == .closing {
            loop.wheel.set(self, loop.now + Self.lingerNanoseconds)
        } else if phase == .head {
            let timeouts = loop.runtime.timeouts
            loop.wheel.set(self, exchange == nil ? idleSince + timeouts.idle : phaseStarted + timeouts.header)
            readOn()
            if out.isFilled { flush() }
        } else if phase == .body || phase == .discarding {
            loop.wheel.set(self, loop.now + loop.runtime.timeouts.read)
        } else if phase == .answering {
            loop.wheel.set(self, .max)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? ChannelEvent, event == .inputClosed else { return }
        loop.touch()
        inputEnded = true
        switch phase {
        case .tunnel:
            tunnelStream?.tunnelEnded()
            if outputEnded { closeTunnel() }
        default: close()
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func close() {
        context?.close(promise: nil)
    }

    // MARK: the request

    /// Takes what stands in `buffer`; what cannot be taken yet is kept.
    func consume(_ buffer: inout ByteBuffer) {
        isConsuming = true
        defer { isConsuming = false }
        while true {
            switch phase {
            case .head:
                guard buffer.readableBytes > 0, !inputEnded else { return }
                guard hasRoom else {
                    keepAhead(&buffer)
                    setReading(false)
                    return
                }
                guard phase == .head, readHead(&buffer) else { return }
            case .body, .discarding:
                guard readBody(&buffer) else { return }
            case .answering:
                if buffer.readableBytes > 0 { keepAhead(&buffer) }
                return
            case .tunnel:
                if buffer.readableBytes > 0 {
                    tunnelExchange?.bytesIn += buffer.readableBytes
                    tunnelStream?.tunnel(buffer.slice())
                }
                return
            case .closing, .closed: return
            }
        }
    }

    /// False: more bytes are needed.
    func readHead(_ buffer: inout ByteBuffer) -> Bool {
        if exchange == nil {
            // empty lines after a body begin no head, nor its clock (RFC 9112 2.2)
            while buffer.getInteger(at: buffer.readerIndex, as: UInt16.self) == 0x0d0a {
                buffer.moveReaderIndex(forwardBy: 2)
            }
            if buffer.readableBytes == 0 { return false }
        }
        let current: Exchange
        if let exchange {
            current = exchange
        } else {
            current = loop.newExchange()
            exchange = current
            phaseStarted = loop.now
        }
        let limits = loop.runtime.wireLimits
        let step = buffer.withUnsafeReadableBytes { current.head.take($0, limits: limits) }
        switch step {
        case .more:
            loop.wheel.set(self, phaseStarted + loop.runtime.timeouts.header)
            return false
        case .complete(let count):
            buffer.moveReaderIndex(forwardBy: count)
            body = BodyReader(current.head.framing)
            keepsAlive = current.head.keepsAlive && !isDraining
            answerStarted = false
            answerSized = false
            if body.isEnded {
                phase = .answering
                loop.wheel.set(self, .max)
            } else {
                phase = .body
                phaseStarted = loop.now
                progressed = loop.now
                loop.wheel.set(self, loop.now + bodySilence)
            }
            current.begin(self)
            return true
        case .failed(let failure):
            keepsAlive = false
            phase = .answering
            current.refuse(self, Failure(failure))
            return true
        }
    }

    func readBody(_ buffer: inout ByteBuffer) -> Bool {
        let limits = loop.runtime.wireLimits
        while true {
            let reader = buffer.readerIndex
            let step = buffer.withUnsafeReadableBytes { body.next($0, from: 0, limits: limits) }
            switch step {
            case .more:
                buffer.moveReaderIndex(to: buffer.writerIndex)
                if phase == .body {
                    progressed = loop.now
                    exchange?.stream?.flush()
                }
                return false
            case .content(let start, let end):
                if phase == .discarding {
                    discarded += end - start
                    if discarded > Self.discardBytes {
                        closeGracefully()
                        return true
                    }
                } else {
                    exchange?.requestBody(buffer, reader + start, reader + end)
                }
                buffer.moveReaderIndex(to: reader + end)
                if phase == .closing || phase == .closed { return true }
            case .end(let end):
                buffer.moveReaderIndex(to: reader + end)
                if phase == .discarding {
                    nextRequest()
                } else {
                    phase = .answering
                    // a client that takes nothing of an early answer has no more time than before
                    if context?.channel.isWritable != false { loop.wheel.set(self, .max) }
                    exchange?.requestBodyEnded(trailers: body.trailers)
                    exchange?.stream?.flush()
                }
                return true
            case .failed(let failure):
                if phase == .discarding {
                    closeGracefully()
                } else {
                    keepsAlive = false
                    phase = .answering
                    if answerStarted { abort() } else { exchange?.requestBroke(Failure(failure)) }
                }
                return true
            }
        }
    }

    func keepAhead(_ buffer: inout ByteBuffer) {
        if ahead == nil {
            ahead = loop.eventLoop.newBuffer(capacity: buffer.readableBytes)
        }
        ahead!.writeBuffer(&buffer)
        if ahead!.readableBytes >= Self.aheadBytes { setReading(false) }
    }

    func setReading(_ wanted: Bool) {
        wantsRead = wanted
        if wanted, readPending {
            readPending = false
            context?.read()
        }
    }

    var bodySilence: Int64 { loop.runtime.bodyPace.firstLook }

    // MARK: time

    override func deadlinePassed(now: Int64) {
        switch phase {
        case .head:
            if let exchange, exchange.head.lines.isPartial {
                if awaitsHead(now) { return }
                keepsAlive = false
                phase = .answering
                exchange.refuse(
                    self,
                    Failure(
                        .requestTimeout, "the head of the request did not come within http.timeouts.header",
                        hint: "send the whole head at once"))
            } else {
                idleDeadline(now)
            }
        case .body: bodyDeadline(now)
        case .answering: writeDeadline(now)
        case .discarding: if !awaitsTaking(now, lookingEvery: Self.lingerNanoseconds) { close() }
        case .tunnel: tunnelDeadline(now)
        case .closing: linger(now)
        case .closed: close()
        }
    }

    var tunnelIdle: Int64 { tunnelExchange?.plan?.tunnelIdle ?? loop.runtime.timeouts.tunnelIdle }
}
