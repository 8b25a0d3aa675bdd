internal import NIOCore
internal import NIOHPACK
internal import NIOHTTP2
internal import Telemetry
internal import Wire

/// A stream of an HTTP/2 connection: one request of a client, its answer, or a tunnel.
///
/// Phases and exits: `body` -> `answering` (all of the request is here) | `over`; `answering` -> `tunnel` | `over`;
/// `tunnel` -> `over`. `over`: the exchange has been accounted for; what is left of the answer goes out.
///
/// The exchange begins when everything of the read that brought the head has been taken, or when it has waited for its
/// turn: a request that is taken back before (CVE-2023-44487) costs no agent anything.
///
/// The connection holds it until the library has closed the stream and the exchange has been given back.
final class HTTP2ClientStream: Timed {
    enum Phase { case body, answering, tunnel, over }

    unowned let connection: HTTP2Connection
    let loop: Loop
    let id: HTTP2StreamID
    var phase = Phase.body
    var exchange: Exchange?
    private(set) var hasBegun = false
    /// It is one of `connection.waiting`, and still to begin.
    private(set) var waitsForTurn = false

    // the request
    /// Bytes of the body that are still to come; -1 where it ends when it ends.
    var remaining = -1
    /// The exchange waits for the end of a body.
    var tellsEnd = false
    var requestEnded = false
    var wantsBody = true
    var isTouched = false
    /// As the library counts it; -1 until it has.
    var inboundWindow = -1
    /// An extended CONNECT, which only a change of protocol can grant.
    var asksTunnel = false
    var phaseStarted: Int64 = 0
    /// When the last byte of a body came.
    var progressed: Int64 = 0

    // the answer
    var answerStarted = false
    /// Head and piece of a body that may yet turn out to be the last.
    var heldHead: HPACKHeaders?
    var heldPiece: ByteBuffer?
    /// The answer cannot be passed on; its head has been replaced.
    var discardsAnswer = false
    var answerEnded = false
    /// Its trailers, or none, which wait until its body has gone.
    var heldEnd: HPACKHeaders?
    /// Its end has gone to the outlet.
    var sentEnd = false
    var outboundWindow: Int
    /// Bytes that wait for a window, and all that have gone.
    var waiting = 0
    var sentBytes = 0
    /// As it was when slowness was last looked at; -1: nothing waits.
    var stalledAt = -1
    /// The agent is not read from.
    var isPaused = false
    /// The library has closed the stream, or we have reset it.
    var isClosed = false

    // a tunnel
    var tunnelStream: (any UpstreamStream)?
    var tunnelFrames: WebSocketBoundary?
    var tunnelNotice: WebSocketNotice?
    /// What the client has sent before the exchange has begun, or before the agent has granted the tunnel.
    var early: ByteBuffer?
    private var earlyTrailers: HeadLines?

    init(_ connection: HTTP2Connection, _ id: HTTP2StreamID) {
        self.connection = connection
        self.id = id
        loop = connection.loop
        outboundWindow = connection.peerStreamWindow
    }

    // MARK: the request

    /// The head stands in `connection.head`, as HTTP/1.1 has it.
    func begin(endsStream: Bool) {
        let exchange = loop.newExchange()
        requestEnded = endsStream
        asksTunnel = connection.head.isTunnel
        let limits = loop.runtime.wireLimits
        let step = connection.head.bytes.withUnsafeBytes { exchange.head.take($0, limits: limits) }
        switch step {
        case .complete(let count) where count == connection.head.bytes.count:
            if case .length = exchange.head.framing, endsStream { return refuse(exchange) }
            self.exchange = exchange
            tellsEnd = exchange.head.framing != .none
            remaining = exchange.head.framing.knownLength ?? -1
            phase = endsStream || asksTunnel ? .answering : .body
            phaseStarted = loop.now
            progressed = loop.now
            loop.wheel.set(self, phase == .body ? loop.now + bodySilence : .max)
            touch()
        case .failed(let failure):
            self.exchange = exchange
            phase = .answering
            hasBegun = true
            exchange.refuse(self, Failure(failure))
        default: refuse(exchange)
        }
    }

    /// The read that brought the head is over, and the client still wants an answer.
    private func start() {
        guard !hasBegun, let exchange else { return }
        hasBegun = true
        exchange.begin(self)
        if !asksTunnel, let body = early.take() {
            self.exchange?.requestBody(body, body.readerIndex, body.writerIndex)
        }
        if requestEnded, tellsEnd { self.exchange?.requestBodyEnded(trailers: earlyTrailers.take()) }
    }

    /// Malformed, before it has begun.
    private func refuse(_ exchange: Exchange) {
        loop.recycle(exchange)
        isClosed = true
        connection.remove(self)
        connection.malformed(id)
    }

    /// The length of the body is not what the head said, or its trailers are wrong (RFC 9113 8.1.1).
    private func malformed() {
        heldHead = nil
        heldPiece = nil
        connection.malformed(id)
        wasClosed()
    }

    func take(_ buffer: ByteBuffer, ends: Bool) {
        guard !requestEnded, !isClosed else { return }
        let count = buffer.readableBytes
        progressed = loop.now
        touch()
        if asksTunnel { return takeTunnel(buffer, ends: ends) }
        if remaining >= 0 {
            guard count <= remaining, !ends || count == remaining else { return malformed() }
            remaining -= count
        }
        if count > 0 {
            if hasBegun { exchange?.requestBody(buffer, buffer.readerIndex, buffer.writerIndex) } else { keep(buffer) }
        }
        if ends, !isClosed { endRequest(nil) }
    }

    /// Nobody takes it yet. The stream's window bounds it. Who waits for long holds no buffer of others.
    func keep(_ buffer: ByteBuffer) {
        guard early != nil else {
            return early = waitsForTurn ? ByteBuffer(bytes: buffer.readableBytesView) : buffer
        }
        var buffer = buffer
        early?.writeBuffer(&buffer)
    }

    /// Fields after the body end the stream (RFC 9113 8.1).
    func takeTrailers(_ block: HTTP2Frame.FramePayload.Headers) {
        guard !isClosed else { return }
        guard !requestEnded else { return reset(.streamClosed) }
        guard block.endStream, !asksTunnel, remaining <= 0,
            let lines = HTTP2RequestHead.trailers(block.headers, limits: loop.runtime.wireLimits)
        else { return malformed() }
        touch()
        endRequest(lines.fieldCount > 0 ? lines : nil)
    }

    private func endRequest(_ trailers: HeadLines?) {
        requestEnded = true
        if phase == .body {
            phase = .answering
            // a client that takes nothing of an early answer has no more time than before
            if stalledAt < 0 { loop.wheel.set(self, .max) }
        }
        guard tellsEnd else { return }
        if hasBegun { exchange?.requestBodyEnded(trailers: trailers) } else { earlyTrailers = trailers }
    }

    private func touch() {
        guard !isTouched else { return }
        isTouched = true
        connection.touched.append(self)
    }

    /// Everything of a read has been taken.
    func readEnded() {
        isTouched = false
        guard !isClosed else { return }
        if hasBegun || (early?.readableBytes ?? 0) > HTTP2Connection.earlyBytes {
            goOn()
        } else if !waitsForTurn, !connection.mayBegin(self) {
            waitsForTurn = true
            early = early.map { ByteBuffer(bytes: $0.readableBytesView) }
        }
    }

    /// What came is passed on; where it was the head, the exchange begins.
    func goOn() {
        if waitsForTurn {
            waitsForTurn = false
            phaseStarted = loop.now
            progressed = loop.now
        }
        start()
        guard !isClosed else { return }
        if phase != .tunnel { exchange?.stream?.flush() }
        refill()
    }

    /// Makes room for more of the request, where more is wanted.
    func refill() {
        let target = connection.bounds.streamWindow
        guard wantsBody, !requestEnded, !isClosed, phase != .over, !asksTunnel || phase == .tunnel,
            inboundWindow >= 0, inboundWindow < target / 2
        else { return }
        let increment = target - inboundWindow
        inboundWindow = target
        connection.write(id, .windowUpdate(windowSizeIncrement: increment))
    }

    // MARK: the end

    /// The library has closed the stream: both sides have ended, or one has reset it.
    func wasClosed() {
        guard !isClosed else { return }
        isClosed = true
        waiting = 0
        if waitsForTurn {
            waitsForTurn = false
            early = nil
        }
        loop.wheel.set(self, .max)
        if phase == .tunnel {
            endTunnel()
        } else if let exchange, !answerEnded {
            if hasBegun { exchange.clientGone() } else { exchange.takenBack(self) }
            if let left = self.exchange { giveBack(left) }
        }
        if exchange == nil { connection.remove(self) }
    }

    /// The connection is gone, or will take nothing more.
    func connectionLost() {
        wasClosed()
        // an answer that has ended is given back by its exchange
        if exchange == nil { connection.remove(self) }
    }

    func reset(_ code: HTTP2ErrorCode) {
        guard !isClosed else { return }
        heldHead = nil
        heldPiece = nil
        if !(requestEnded && sentEnd) { connection.reset(id, code) }
        // the library tells of it at once, unless the frame has to wait
        wasClosed()
        connection.flush()
    }

    func giveBack(_ ended: Exchange) {
        exchange = nil
        loop.recycle(ended)
    }

    // MARK: time

    var bodySilence: Int64 { loop.runtime.bodyPace.firstLook }

    override func deadlinePassed(now: Int64) {
        if waiting > 0 { return writeDeadline(now) }
        switch phase {
        case .body: bodyDeadline(now)
        case .tunnel: reset(.cancel)
        case .answering, .over: break
        }
    }

    /// The client makes no room for its answer.
    private func writeDeadline(_ now: Int64) {
        if stalledAt == sentBytes { return reset(.cancel) }
        stalledAt = sentBytes
        loop.wheel.set(self, now + loop.runtime.timeouts.write)
    }

    /// Silence of `timeouts.read`, or less than `limits.minRate` on average after ten seconds.
    private func bodyDeadline(_ now: Int64) {
        guard let exchange else { return }
        if !wantsBody || !hasBegun || exchange.mayPause(answerStarted, since: progressed) {
            // the agent is slow, or the proxy, and not the client; or they talk, each when it has something to say
            phaseStarted = now
            if !wantsBody || !hasBegun { progressed = now }
            loop.wheel.set(self, now + bodySilence)
            return
        }
        guard
            let next = loop.runtime.bodyPace.next(
                began: phaseStarted, progressed: progressed, bytes: exchange.bytesIn, now: now)
        else {
            phase = .answering
            return answerStarted ? abort() : exchange.requestBroke(exchange.slowBody)
        }
        loop.wheel.set(self, next)
    }
}
