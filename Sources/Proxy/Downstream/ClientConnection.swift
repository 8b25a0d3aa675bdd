internal import Access
internal import Glibc
internal import NIOCore
internal import Telemetry
internal import Wire

/// An HTTP/1 connection of a client: turns its bytes into exchanges, one after the other, and answers into bytes.
///
/// Phases and exits: `head` -> `body` | `answering` | `closing`; `body` -> `answering` | `discarding` | `closing`;
/// `answering` -> `head` | `tunnel` | `closing`; `discarding` -> `head` | `closing`; `tunnel`, `closing` -> `closed`.
final class ClientConnection: Timed, ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Phase { case head, body, answering, discarding, tunnel, closing, closed }

    /// What a client may send ahead (pipelined) while its last request is answered.
    static let aheadBytes = 64 * 1024
    /// A request's body that nobody wants is read and dropped up to here; a longer one closes the connection.
    static let discardBytes = 64 * 1024
    /// How long a closing connection waits for the client to close, so that it gets the answer and not a reset.
    static let lingerNanoseconds: Int64 = 2_000_000_000

    let loop: Loop
    private(set) var client: Client
    var phase = Phase.head
    private var context: ChannelHandlerContext?
    private var exchange: Exchange?
    private var body = BodyReader()
    /// Bytes that came while nobody could take them.
    private var ahead: ByteBuffer?
    private let out = Outlet()
    private var isConsuming = false
    private var answerStarted = false
    private var answerChunked = false
    private var keepsAlive = true
    private var wantsRead = true
    private var readPending = false
    private var tunnelStream: (any UpstreamStream)?
    private var tunnelExchange: Exchange?
    private var tunnelFrames: WebSocketBoundary?
    private var inputEnded = false
    private var outputEnded = false
    private var phaseStarted: Int64 = 0
    /// When the last byte of a body came.
    private var progressed: Int64 = 0
    private var discarded = 0
    /// Bytes waiting in the socket when its slowness was last looked at.
    private var stalledBytes = -1
    /// Told by a drain: the answer to the next request says `Connection: close`.
    private(set) var isDraining = false

    init(_ loop: Loop, _ door: Door) {
        self.loop = loop
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
        out.open(context)
        client = Client(context.remoteAddress, client.door, isTrusted: loop.runtime.isTrusted)
        let isWelcome = loop.process.connectionOpened(client.address) || client.door != .clients
        guard isWelcome else {
            refuse(context)
            return
        }
        loop.clients[ObjectIdentifier(self)] = self
        loop.counters.add(1, to: .activeConnections)
        loop.counters.add(1, to: .connectionsAccepted)
        loop.wheel.set(self, loop.now + loop.runtime.timeouts.header)
    }

    /// Too many connections: told so, and closed.
    private func refuse(_ context: ChannelHandlerContext) {
        loop.counters.add(1, to: .connectionsRefused)
        loop.process.connectionClosed(client.address)
        phase = .closed
        let body = "{\"error\":{\"code\":\"overloaded\",\"message\":\"too many connections\",\"hint\":\"retry after a second\"}}\n"
        let text = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n"
            + "Retry-After: 1\r\nConnection: close\r\n\r\n\(body)"
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
            loop.wheel.set(self, loop.now + tunnelIdle)
            tunnelExchange?.bytesIn += buffer.readableBytes
            tunnelStream?.tunnel(buffer)
        case .closing, .closed: break
        default:
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
        let writable = context.channel.isWritable
        if phase == .tunnel {
            tunnelStream?.wantAnswer(writable)
            return
        }
        exchange?.stream?.wantAnswer(writable)
        if !writable {
            loop.touch()
            stalledBytes = -1
            loop.wheel.set(self, loop.now + loop.runtime.timeouts.write)
        } else if phase == .answering || phase == .body {
            loop.wheel.set(self, phase == .body ? loop.now + loop.runtime.timeouts.read : .max)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? ChannelEvent, event == .inputClosed else { return }
        loop.touch()
        inputEnded = true
        switch phase {
        case .tunnel:
            tunnelStream?.tunnelEnded()
            if outputEnded { close() }
        default: close()
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func close() {
        context?.close(promise: nil)
    }

    // MARK: the request

    /// Takes what stands in `buffer`; what cannot be taken yet is kept.
    private func consume(_ buffer: inout ByteBuffer) {
        isConsuming = true
        defer { isConsuming = false }
        while true {
            switch phase {
            case .head:
                guard buffer.readableBytes > 0, !inputEnded else { return }
                guard readHead(&buffer) else { return }
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
    private func readHead(_ buffer: inout ByteBuffer) -> Bool {
        if exchange == nil {
            // empty lines after a body begin no head, nor its clock (RFC 9112 2.2)
            while buffer.getInteger(at: buffer.readerIndex, as: UInt16.self) == 0x0d0a { buffer.moveReaderIndex(forwardBy: 2) }
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

    private func readBody(_ buffer: inout ByteBuffer) -> Bool {
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
                    loop.wheel.set(self, .max)
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

    private func keepAhead(_ buffer: inout ByteBuffer) {
        if ahead == nil {
            ahead = loop.eventLoop.newBuffer(capacity: buffer.readableBytes)
        }
        ahead!.writeBuffer(&buffer)
        if ahead!.readableBytes >= Self.aheadBytes { setReading(false) }
    }

    private func setReading(_ wanted: Bool) {
        wantsRead = wanted
        if wanted, readPending {
            readPending = false
            context?.read()
        }
    }

    private var bodySilence: Int64 { min(loop.runtime.timeouts.read, loop.runtime.minRate > 0 ? 10_000_000_000 : .max) }

    // MARK: time

    override func deadlinePassed(now: Int64) {
        switch phase {
        case .head:
            if let exchange, exchange.head.lines.isPartial {
                keepsAlive = false
                phase = .answering
                exchange.refuse(self, Failure(
                    .requestTimeout, "the head of the request did not come within http.timeouts.header",
                    hint: "send the whole head at once"))
            } else {
                close()
            }
        case .body: bodyDeadline(now)
        case .answering: writeDeadline(now)
        case .tunnel, .discarding, .closing: close()
        case .closed: close()
        }
    }

    /// Silence of `timeouts.read`, or less than `limits.minRate` on average after ten seconds.
    private func bodyDeadline(_ now: Int64) {
        guard let exchange else { return close() }
        if context?.channel.isWritable == false { return writeDeadline(now) }
        if !wantsRead {
            // the agent is slow, not the client
            phaseStarted = now
            progressed = now
            loop.wheel.set(self, now + bodySilence)
            return
        }
        let elapsed = now - phaseStarted
        let expected = Double(elapsed) / 1e9 * Double(loop.runtime.minRate)
        let isSilent = now - progressed >= loop.runtime.timeouts.read
        if isSilent || (elapsed >= 10_000_000_000 && Double(exchange.bytesIn) < expected) {
            keepsAlive = false
            phase = .answering
            if answerStarted { abort() } else {
                exchange.requestBroke(Failure(
                    .requestTimeout, "the body of the request came slower than http.timeouts.read and limits.minRate allow",
                    hint: "send the body without pauses"))
            }
            return
        }
        let nextLook = elapsed < 10_000_000_000 ? phaseStarted + 10_000_000_000 : now + 1_000_000_000
        loop.wheel.set(self, min(progressed + loop.runtime.timeouts.read, nextLook))
    }

    /// The client does not take its answer: closed when nothing has moved since the last look.
    private func writeDeadline(_ now: Int64) {
        guard let context, !context.channel.isWritable else { return }
        let waiting = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        if stalledBytes == waiting {
            close()
            return
        }
        stalledBytes = waiting
        loop.wheel.set(self, now + loop.runtime.timeouts.write)
    }

    private var tunnelIdle: Int64 { tunnelExchange?.plan?.tunnelIdle ?? loop.runtime.timeouts.tunnelIdle }

    // MARK: draining

    /// The proxy stops: idle connections close, others after their answer.
    func drain() {
        isDraining = true
        if phase == .head, exchange == nil { closeGracefully() } else { keepsAlive = keepsAlive && answerStarted }
    }

    var isTunnel: Bool { phase == .tunnel }

    /// The time is over: a WebSocket gets 1012 where a frame ends, everything else is cut.
    func cut() {
        if phase == .tunnel, let frames = tunnelFrames, frames.isAtBoundary, let context {
            context.write(wrapOutboundOut(ByteBuffer(bytes: WebSocketBoundary.close(code: 1012))), promise: nil)
            context.flush()
            let stream = tunnelStream
            tunnelStream = nil
            stream?.tunnelBroke()
            closeGracefully()
            endTunnel()
        } else {
            close()
        }
    }
}

// MARK: - the answer

extension ClientConnection: Downstream {
    func sendInterim(_ answer: ResponseHead) {
        out.put(atMost: answer.lines.count + 64, loop.writes) { sink in
            sink.put("HTTP/1.1 ")
            sink.put(decimal: answer.status)
            sink.put(byte: 0x20)
            sink.put(answer.reason)
            sink.put("\r\n")
            answer.lines.copyFields(
                into: &sink, dropping: Dropping(ids: Dropping.hopByHop | Dropping.bits(.contentLength), underscores: false),
                namesFields: answer.namesFields)
            sink.put("\r\n")
        }
    }

    func sendHead(of exchange: Exchange) {
        let answer = exchange.answer
        answerStarted = true
        answerChunked = false
        if answer.isOld || answer.framing == .untilClose, exchange.head.isOld { keepsAlive = false }
        switch answer.framing {
        case .chunked, .untilClose:
            if exchange.head.isOld { keepsAlive = false } else { answerChunked = true }
        case .none, .length: break
        }
        if isDraining { keepsAlive = false }
        let edits = exchange.plan?.responseEdits
        let debug = exchange.debugFields()
        let room = answer.lines.count + 256 + exchange.requestIDCount + (edits?.bytes.count ?? 0) + debug.count
        out.put(atMost: room, loop.writes) { sink in
            sink.put("HTTP/1.1 ")
            sink.put(decimal: answer.status)
            sink.put(byte: 0x20)
            sink.put(answer.reason)
            sink.put("\r\n")
            var dropping = edits?.dropping ?? Dropping(ids: Plan.responseDrops, underscores: false)
            if answerChunked || answer.framing == .untilClose || answer.status == 204 { dropping.ids |= Dropping.bits(.contentLength) }
            answer.lines.copyFields(into: &sink, dropping: dropping, namesFields: answer.namesFields)
            if answerChunked { sink.put("Transfer-Encoding: chunked\r\n") }
            if !answer.hasDate { sink.put(loop.dateField) }
            sink.put("Via: 1.1 clawproxy\r\n")
            sink.put("X-Request-Id: ")
            sink.put(exchange.requestIDBytes)
            sink.put("\r\n")
            if answer.isUpgrade {
                sink.put("Connection: upgrade\r\nUpgrade: ")
                sink.put(exchange.upgradeName)
                sink.put("\r\n")
            } else if !keepsAlive {
                sink.put("Connection: close\r\n")
            } else if exchange.head.isOld {
                sink.put("Connection: keep-alive\r\n")
            }
            if let edits { sink.put(edits.bytes) }
            sink.put(debug)
            sink.put("\r\n")
        }
    }

    func sendBody(_ buffer: ByteBuffer, _ start: Int, _ end: Int) {
        out.putBody(buffer, start, end, chunked: answerChunked, loop.writes, context)
    }

    func endAnswer(trailers: HeadLines?) {
        guard answerChunked else { return }
        out.put(atMost: 8 + (trailers?.count ?? 0), loop.writes) { sink in
            sink.put("0\r\n")
            if let trailers, exchange?.head.takesTrailers == true { Trailers.copy(trailers, into: &sink) }
            sink.put("\r\n")
        }
    }

    func sendReply(_ reply: Reply, for exchange: Exchange) {
        answerStarted = true
        answerChunked = false
        if reply.closes || isDraining { keepsAlive = false }
        if phase == .body, !mayDiscard { keepsAlive = false }
        let isHead = exchange.head.method == .head
        out.put(atMost: 512 + reply.fields.count + reply.body.count + exchange.requestIDCount, loop.writes) { sink in
            sink.put("HTTP/1.1 ")
            sink.put(decimal: reply.status)
            sink.put(byte: 0x20)
            sink.put(reasonPhrase(reply.status))
            sink.put("\r\n")
            sink.put(loop.dateField)
            sink.put("Content-Type: ")
            sink.put(reply.contentType)
            sink.put("\r\nContent-Length: ")
            sink.put(decimal: reply.body.count)
            sink.put("\r\nX-Request-Id: ")
            sink.put(exchange.requestIDBytes)
            sink.put("\r\n")
            sink.put(reply.fields)
            if !keepsAlive {
                sink.put("Connection: close\r\n")
            } else if exchange.head.isOld {
                sink.put("Connection: keep-alive\r\n")
            }
            sink.put("\r\n")
            if !isHead { sink.put(reply.body) }
        }
        if !isConsuming { flush() }
    }

    /// A short rest of an unwanted body is read and dropped; a client that waits for 100 will not send it at all.
    private var mayDiscard: Bool {
        guard exchange?.head.expectsContinue != true, let left = body.remaining else { return false }
        return left <= Self.discardBytes
    }

    func flush() { out.flush(loop.writes, context) }

    /// The client must not take a cut answer for a whole one: no last chunk, no orderly end.
    func abort() {
        flush()
        keepsAlive = false
        answerStarted = true
        let hasLength = if case .length = exchange?.answer.framing { true } else { false }
        if answerChunked || hasLength {
            close()
        } else {
            // an answer that ends with the connection can only be marked cut by a reset: `struct linger` with
            // l_onoff 1 and l_linger 0, as the eight bytes of one number
            try? context?.channel.syncOptions?.setOption(.socketOption(.so_linger), value: 1)
            close()
        }
    }

    func wantRequestBody(_ wanted: Bool) {
        if wanted, let ahead, ahead.readableBytes >= Self.aheadBytes { return }
        setReading(wanted)
    }

    func exchangeEnded() {
        guard let ended = exchange else { return }
        if phase == .tunnel || phase == .closed {
            giveBack(ended)
            return
        }
        let leftover = phase == .body
        giveBack(ended)
        if phase == .closing { return }
        if !keepsAlive {
            closeGracefully()
            return
        }
        if leftover {
            guard mayDiscardRest else { return closeGracefully() }
            phase = .discarding
            discarded = 0
            loop.wheel.set(self, loop.now + loop.runtime.timeouts.read)
            setReading(true)
            return
        }
        nextRequest()
    }

    private var mayDiscardRest: Bool { body.remaining.map { $0 <= Self.discardBytes } ?? false }

    private func giveBack(_ ended: Exchange) {
        exchange = nil
        tunnelExchange = nil
        loop.recycle(ended)
    }

    private func nextRequest() {
        phase = .head
        loop.wheel.set(self, loop.now + loop.runtime.timeouts.idle)
        if !wantsRead { setReading(true) }
        guard !isConsuming, var waiting = ahead else { return }
        ahead = nil
        consume(&waiting)
        if waiting.readableBytes > 0, phase == .answering, ahead == nil { ahead = waiting }
        if out.isFilled { flush() }
    }

    /// Everything written goes out, then our side closes; the client's is awaited for a moment.
    private func closeGracefully() {
        guard phase != .closing, phase != .closed else { return }
        flush()
        // the write may have ended the connection before it came back
        guard phase != .closed else { return }
        phase = .closing
        ahead = nil
        setReading(true)
        loop.wheel.set(self, loop.now + Self.lingerNanoseconds)
        if inputEnded { close() } else { context?.close(mode: .output, promise: nil) }
    }

    // MARK: tunnels

    func becomeTunnel(_ exchange: Exchange, to stream: any UpstreamStream) {
        flush()
        guard phase != .closed else { return stream.tunnelBroke() }
        phase = .tunnel
        tunnelStream = stream
        tunnelExchange = exchange
        tunnelFrames = exchange.upgradeName.elementsEqual("websocket".utf8) ? WebSocketBoundary() : nil
        loop.wheel.set(self, loop.now + tunnelIdle)
        setReading(true)
        if var early = ahead {
            ahead = nil
            exchange.bytesIn += early.readableBytes
            let bytes = early.readSlice(length: early.readableBytes)!
            stream.tunnel(bytes)
        }
    }

    func tunnel(_ buffer: ByteBuffer) {
        loop.wheel.set(self, loop.now + tunnelIdle)
        tunnelExchange?.bytesOut += buffer.readableBytes
        if tunnelFrames != nil { buffer.withUnsafeReadableBytes { tunnelFrames!.take($0) } }
        out.pass(buffer, loop.writes, context)
    }

    func tunnelEnded() {
        outputEnded = true
        flush()
        loop.wheel.set(self, loop.now + loop.runtime.timeouts.write)
        if inputEnded { close() } else { context?.close(mode: .output, promise: nil) }
    }

    func tunnelBroke() {
        tunnelStream = nil
        close()
    }

    private func endTunnel() {
        let stream = tunnelStream
        tunnelStream = nil
        stream?.tunnelBroke()
        let ended = tunnelExchange ?? exchange
        ended?.tunnelEnded()
        if let left = exchange { giveBack(left) }
    }
}
