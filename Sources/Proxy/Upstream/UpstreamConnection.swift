internal import Balancer
internal import NIOCore
internal import Routing
internal import Semantics
internal import Telemetry
internal import Wire

/// An HTTP/1.1 connection to an agent: carries one exchange after another, and is kept between them.
///
/// Phases and exits: `idle` -> `awaiting` | `closed`; `awaiting` -> `body` | `done` | `tunnel` | `closed`;
/// `body` -> `done` | `unwanted` | `closed`; `unwanted`, `done` -> `idle` | `closed`; `tunnel` -> `closed`.
///
/// Here is what comes from the agent; what goes to it is in `UpstreamConnection+Request.swift`.
final class UpstreamConnection: Timed, PatientConnection, ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Phase { case idle, awaiting, body, unwanted, done, tunnel, closed }

    /// An answer that nobody wants is read to its end if it is no longer than this, so that the connection can be kept.
    static let unwantedBytes = 16 * 1024
    static let unwantedNanoseconds: Int64 = 1_000_000_000

    let upstream: Upstream
    let loop: Loop
    var phase = Phase.idle
    private(set) var context: ChannelHandlerContext?
    var exchange: Exchange?
    /// This is the second of two attempts, and reads into an answer of its own.
    var hedge: Hedge?
    private var body = BodyReader()
    let out = Outlet()
    var requestChunked = false
    var requestEnded = false
    var wantsRead = true
    var readPending = false
    private var failed = false
    /// What was wrong with TLS, where that ended the connection.
    private var tlsFailure: TLSFailure?
    var inputEnded = false
    var outputEnded = false
    /// Of a tunnel: what the agent has still to take.
    var unsent = UnsentBytes()
    /// When it was last put back, and when it was opened.
    private(set) var idleSince: Int64 = 0
    private var wasKept = false
    let opened: Int64
    var firstByte: Int64 = .max
    /// Of `retry`: after so long another agent is asked, where that is allowed. `.max` once it was found not to be.
    var perTry: Int64 = .max
    private var streamGap: Int64 = .max
    var tunnelFrom: (any Downstream)?
    /// `Keep-Alive` of an answer that is read for nobody.
    var unwantedSeconds = -1
    /// Of a 503 that is read for nobody, to see whether the agent drains.
    var unwantedBody: ByteBuffer?
    var unwantedPause: Int64?

    init(_ upstream: Upstream) {
        self.upstream = upstream
        loop = upstream.loop
        opened = upstream.loop.now
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    var isOpen: Bool { phase != .closed && context != nil && !inputEnded }

    /// Asks the kernel whether the agent has closed, or said something, though the loop has not been told yet.
    var isQuiet: Bool { !out.hasInput }

    /// Leases the connection to an exchange.
    func begin(_ exchange: Exchange, _ hedge: Hedge? = nil) {
        self.exchange = exchange
        self.hedge = hedge
        wasKept = idleSince != 0
        phase = .awaiting
        requestEnded = false
        requestChunked = exchange.head.framing == .chunked
        let timeouts = exchange.plan
        firstByte = min(timeouts?.firstByte ?? .max, exchange.models?.chain?.timeout ?? .max)
        streamGap = timeouts?.streamGap ?? .max
        perTry = hedge == nil ? exchange.target?.pool.pool.retry.perTry ?? .max : .max
        loop.wheel.set(self, loop.now &+ min(firstByte, perTry))
        wantAnswer(true)
    }

    /// The hedge has won, or is the only one left: what it has read is the exchange's.
    func becomeFirst() { hedge = nil }

    // MARK: channel events

    func channelActive(context: ChannelHandlerContext) {
        out.open(context, isDirect: !upstream.endpoint.isTLS)
    }

    func channelInactive(context: ChannelHandlerContext) {
        out.close()
        ended(clean: !failed)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        failed = true
        tlsFailure = error as? TLSFailure
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? ChannelEvent, event == .inputClosed else { return }
        inputEnded = true
        if phase == .tunnel {
            tunnelFrom?.tunnelEnded()
            if outputEnded { closeTunnel() }
            return
        }
        ended(clean: true)
        context.close(promise: nil)
    }

    func channelReadComplete(context: ChannelHandlerContext) {}

    func read(context: ChannelHandlerContext) {
        if wantsRead { context.read() } else { readPending = true }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        let writable = context.channel.isWritable
        if phase == .tunnel {
            tunnelFrom?.wantRequestBody(writable)
        } else if let exchange, !requestEnded {
            exchange.downstream?.wantRequestBody(writable)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        loop.touch()
        var buffer = unwrapInboundIn(data)
        take(&buffer)
        loop.reads.giveBack(buffer)
    }

    private func take(_ buffer: inout ByteBuffer) {
        let limits = loop.runtime.wireLimits
        while true {
            switch phase {
            case .idle:
                // an agent that speaks without being asked is not trusted with another request
                close()
                return
            case .awaiting:
                guard let exchange, buffer.readableBytes > 0 else { return }
                let toHead = exchange.head.method == .head
                let answer = hedge?.answer ?? exchange.answer
                let step = buffer.withUnsafeReadableBytes { answer.take($0, toHead: toHead, limits: limits) }
                switch step {
                case .more:
                    loop.wheel.set(self, loop.now &+ streamGap)
                    return
                case .failed(let failure):
                    badAnswer(failure)
                    return
                case .complete(let count):
                    buffer.moveReaderIndex(forwardBy: count)
                    answerHead(exchange, answer)
                }
            case .body:
                guard readBody(&buffer, limits) else { return }
            case .unwanted:
                readUnwanted(&buffer, limits)
                return
            case .tunnel:
                if buffer.readableBytes > 0 { tunnelFrom?.tunnel(buffer) }
                return
            case .done, .closed:
                return
            }
        }
    }

    private func answerHead(_ exchange: Exchange, _ answer: ResponseHead) {
        if answer.isInterim {
            loop.wheel.set(self, loop.now &+ firstByte)
            // of two attempts only the first is heard before one is answered
            if hedge != nil { return answer.reset() }
            exchange.interimAnswer()
            exchange.downstream?.flush()
            return
        }
        if answer.isUpgrade {
            phase = .tunnel
            tunnelFrom = exchange.downstream
            loop.wheel.set(self, .max)
            exchange.answerHead(self)
            return
        }
        body = BodyReader(answer.framing)
        phase = .body
        loop.wheel.set(self, loop.now &+ streamGap)
        exchange.answerHead(self)
    }

    /// False: more bytes are needed, or the answer is over.
    private func readBody(_ buffer: inout ByteBuffer, _ limits: WireLimits) -> Bool {
        guard let exchange else { return false }
        var moved = false
        while true {
            let reader = buffer.readerIndex
            let step = buffer.withUnsafeReadableBytes { body.next($0, from: 0, limits: limits) }
            switch step {
            case .more:
                buffer.moveReaderIndex(to: buffer.writerIndex)
                if moved { loop.wheel.set(self, loop.now &+ streamGap) }
                exchange.downstream?.flush()
                return false
            case .content(let start, let end):
                moved = true
                exchange.answerBody(buffer, reader + start, reader + end)
                guard phase == .body else { return false }
                buffer.moveReaderIndex(to: reader + end)
            case .end(let end):
                buffer.moveReaderIndex(to: reader + end)
                finish(exchange, clean: buffer.readableBytes == 0)
                return false
            case .failed(let failure):
                badAnswer(failure)
                return false
            }
        }
    }

    /// The answer is whole: the connection is kept when both sides are done with it and nothing strange followed.
    private func finish(_ exchange: Exchange, clean: Bool) {
        let keeps = clean && requestEnded && exchange.answer.keepsAlive && !inputEnded
        let seconds = exchange.answer.keepAliveSeconds
        let trailers = body.trailers
        self.exchange = nil
        phase = .done
        if keeps {
            phase = .idle
            idleSince = loop.now
            upstream.keep(self, agentSeconds: seconds)
        } else {
            close()
        }
        exchange.answerEnded(trailers: trailers)
    }

    /// The rest of an answer in whose place another agent is asked.
    private func readUnwanted(_ buffer: inout ByteBuffer, _ limits: WireLimits) {
        while true {
            let reader = buffer.readerIndex
            switch buffer.withUnsafeReadableBytes({ body.next($0, from: 0, limits: limits) }) {
            case .more: return
            case .content(let start, let end):
                if unwantedBody != nil, var piece = buffer.getSlice(at: reader + start, length: end - start) {
                    unwantedBody?.writeBuffer(&piece)
                }
                buffer.moveReaderIndex(to: reader + end)
            case .end(let end):
                if let told = unwantedBody.take() {
                    Exchange.noteDraining(told, upstream.agent, unwantedPause, loop.now)
                }
                guard end == buffer.readableBytes, !inputEnded else { return close() }
                park()
                upstream.keep(self, agentSeconds: unwantedSeconds)
                return
            case .failed: return close()
            }
        }
    }

    private func badAnswer(_ failure: WireFailure) {
        guard let exchange else { return close() }
        self.exchange = nil
        close()
        exchange.upstreamFailed(
            Failure(
                .badAnswer, "the agent's answer is not HTTP that may be forwarded: \(failure.explanation)",
                hint: "look at the agent '\(upstream.agent.id)'; its connection was closed"),
            .badAnswer, untouched: false, of: self)
    }

    /// The connection is over, by the agent or by an error.
    private func ended(clean: Bool) {
        guard phase != .closed else { return }
        let before = phase
        loop.touch()
        phase = .closed
        loop.wheel.retire(self)
        upstream.closed(self, wasIdle: before == .idle)
        if before == .tunnel {
            tunnelFrom?.tunnelBroke()
            tunnelFrom = nil
            let exchange = self.exchange
            self.exchange = nil
            exchange?.tunnelEnded()
            return
        }
        guard let exchange else { return }
        self.exchange = nil
        if before == .body, body.endsAtClose, clean {
            exchange.answerEnded(trailers: nil)
        } else if before == .body {
            exchange.upstreamFailed(
                Failure(
                    .answerCutShort, "the agent '\(upstream.agent.id)' closed the connection within its answer",
                    hint: "the answer is incomplete; look at the agent's log"),
                .reset, untouched: false, of: self)
        } else {
            exchange.upstreamFailed(
                tlsFailure.flatMap(upstream.tlsEnded)
                    ?? Failure(
                        .agentReset, "the agent '\(upstream.agent.id)' closed the connection without an answer",
                        hint: "it may have restarted; repeat the request if that is safe"),
                .reset, untouched: !(hedge?.answer ?? exchange.answer).lines.isPartial, kept: wasKept, of: self)
        }
    }

    override func deadlinePassed(now: Int64) {
        switch phase {
        case .idle: close()
        case .unwanted: close()
        case .tunnel: if outputEnded, inputEnded || tunnelFrom == nil { closeTunnel() }
        case .done, .closed: break
        case .awaiting, .body:
            guard wantsRead else {
                // the client is slow, not the agent
                loop.wheel.set(self, now &+ streamGap)
                return
            }
            guard let exchange else { return close() }
            let inBody = phase == .body
            if !inBody, !requestEnded, !exchange.requestEnded {
                loop.wheel.set(self, now &+ min(firstByte, perTry))
                return
            }
            if !inBody, perTry < firstByte, now < exchange.waitingSince &+ firstByte {
                perTry = .max
                if exchange.perTryPassed(self) { return }
                loop.wheel.set(self, exchange.waitingSince &+ firstByte)
                return
            }
            self.exchange = nil
            close()
            let failure = Failure.silence(of: upstream.agent.id, inBody: inBody)
            exchange.upstreamFailed(failure, .timeout, untouched: false, of: self)
        }
    }

    /// A new connection that nobody waits for any more.
    func park() {
        phase = .idle
        idleSince = loop.now
    }

    func close() {
        guard phase != .closed else { return }
        let wasIdle = phase == .idle
        phase = .closed
        loop.wheel.retire(self)
        upstream.closed(self, wasIdle: wasIdle)
        context?.close(promise: nil)
    }
}
