internal import Balancer
internal import NIOCore
internal import NIOHPACK
internal import NIOHTTP2
internal import Semantics
internal import Telemetry
internal import Wire

/// A stream of an HTTP/2 connection to an agent: one exchange, or its hedge.
///
/// Phases and exits: `awaiting` (no head of an answer yet) -> `body` | `over`; `body` -> `unwanted` | `over`;
/// `unwanted` (a short 503 is read to see whether the agent drains) -> `over`.
///
/// Here is what comes from the agent; what goes to it is in `HTTP2AgentStream+Request.swift`.
final class HTTP2AgentStream: Timed {
    enum Phase { case awaiting, body, unwanted, over }

    let connection: HTTP2AgentConnection
    let upstream: Upstream
    let loop: Loop
    /// Root: its head has not gone out yet.
    var id = HTTP2StreamID.rootStream
    var phase = Phase.awaiting
    var exchange: Exchange?
    var hedge: Hedge?
    /// The head, until it is known whether anything follows it.
    var head: HPACKHeaders?
    var requestEnded = false
    /// The request's trailers, or none, which wait until its body has gone.
    var heldEnd: HPACKHeaders?
    /// Bytes of the request that wait for the agent's windows, or for the socket.
    var waitingBytes = 0
    var isHeldUp = false
    var wantsAnswer = true
    var isTouched = false
    /// What the agent may send before the window is opened again, in bytes.
    private var window = HTTP2Terms.streamWindow
    /// Of the answer's body: what its head said, and what has come.
    private var length: Int?
    private var received = 0
    private var wasKept = false
    private var hasAnswered = false
    var firstByte: Int64 = .max
    var perTry: Int64 = .max
    private var streamGap: Int64 = .max
    var unwantedBody: ByteBuffer?
    var unwantedPause: Int64?

    init(_ connection: HTTP2AgentConnection) {
        self.connection = connection
        upstream = connection.upstream
        loop = connection.loop
    }

    func begin(_ exchange: Exchange, _ hedge: Hedge?) {
        self.exchange = exchange
        self.hedge = hedge
        wasKept = connection.served > 0
        let timeouts = exchange.plan
        firstByte = min(timeouts?.firstByte ?? .max, exchange.models?.chain?.timeout ?? .max)
        streamGap = timeouts?.streamGap ?? .max
        if let call = exchange.grpc, call.until < .max {
            // its client has said how long it may take
            firstByte = .max
            streamGap = .max
        }
        perTry = hedge == nil ? exchange.target?.pool.pool.retry.perTry ?? .max : .max
        loop.wheel.set(self, loop.after(min(firstByte, perTry)))
    }

    // MARK: the answer

    func take(_ fields: HPACKHeaders, isEnd: Bool) {
        switch phase {
        case .awaiting: takeHead(fields, isEnd)
        case .body:
            guard isEnd else { return badAnswer("a second head stands within its body (RFC 9113 8.1)") }
            do throws(HTTP2Heads.Fault) {
                finish(try HTTP2Heads.readTrailers(fields, limits: loop.runtime.wireLimits))
            } catch {
                badAnswer(error.what)
            }
        case .unwanted: if isEnd { tellUnwanted() }
        case .over: break
        }
    }

    private func takeHead(_ fields: HPACKHeaders, _ isEnd: Bool) {
        guard let exchange else { return }
        let answer = hedge?.answer ?? exchange.answer
        let toHead = exchange.head.method == .head
        var lines = loop.writes.take()
        defer { loop.writes.giveBack(lines) }
        do throws(HTTP2Heads.Fault) {
            try HTTP2Heads.writeAnswer(fields, isWhole: isEnd, toHead: toHead, into: &lines)
        } catch {
            return badAnswer(error.what)
        }
        hasAnswered = true
        let limits = loop.runtime.wireLimits
        switch lines.withUnsafeReadableBytes({ answer.take($0, toHead: toHead, limits: limits) }) {
        case .complete: break
        case .more: return badAnswer("its head is not complete")
        case .failed(let failure): return badAnswer(failure.explanation)
        }
        if answer.isInterim {
            guard !isEnd else { return badAnswer("it ends with an interim answer (RFC 9113 8.1)") }
            loop.wheel.set(self, loop.after(firstByte))
            if hedge != nil { return answer.reset() }
            exchange.interimAnswer()
            exchange.downstream?.flush()
            return
        }
        length =
            switch answer.framing {
            case .length(let bytes): bytes
            case .none: 0
            default: nil
            }
        phase = .body
        loop.wheel.set(self, loop.after(streamGap))
        exchange.answerHead(self)
        guard isEnd else { return }
        if phase == .body { finish(nil) } else if phase == .unwanted { tellUnwanted() }
    }

    func take(_ buffer: ByteBuffer, isEnd: Bool) {
        let count = buffer.readableBytes
        switch phase {
        case .awaiting: badAnswer("a body comes before its head (RFC 9113 8.1)")
        case .body:
            guard let exchange else { return }
            received &+= count
            if let length, received > length { return badAnswer("its body is longer than Content-Length") }
            if count > 0 {
                loop.wheel.set(self, loop.after(streamGap))
                exchange.answerBody(buffer, buffer.readerIndex, buffer.writerIndex)
            }
            guard isEnd else { return }
            if phase == .body { finish(nil) } else if phase == .unwanted { tellUnwanted() }
        case .unwanted:
            var buffer = buffer
            unwantedBody?.writeBuffer(&buffer)
            if isEnd || (unwantedBody?.readableBytes ?? 0) > UpstreamConnection.unwantedBytes { tellUnwanted() }
        case .over: break
        }
    }

    /// The answer is whole. The request may not be: nobody takes the rest of it (RFC 9113 8.1).
    private func finish(_ trailers: HeadLines?) {
        guard let exchange else { return }
        if let length, received != length, exchange.head.method != .head {
            return cutShort("ended its answer before its Content-Length")
        }
        leave(requestEnded && heldEnd == nil ? nil : .noError)
        exchange.answerEnded(trailers: trailers)
    }

    /// Window of the stream, as it is now.
    func windowIs(_ bytes: Int) {
        window = bytes
        openWindow()
    }

    func openWindow() {
        guard wantsAnswer, phase != .over, HTTP2Terms.streamWindow - window >= HTTP2Terms.streamWindow / 2 else { return }
        connection.write(id, .windowUpdate(windowSizeIncrement: HTTP2Terms.streamWindow - window))
    }

    // MARK: ends

    /// Over, for whatever reason; the agent is told where it does not know.
    func leave(_ code: HTTP2ErrorCode?) {
        guard phase != .over else { return }
        phase = .over
        exchange = nil
        hedge = nil
        head = nil
        loop.wheel.retire(self)
        if let code, id != .rootStream { connection.write(id, .rstStream(code)) }
        connection.ended(self)
    }

    private func tellUnwanted() {
        if let told = unwantedBody { Exchange.noteDraining(told, upstream.agent, unwantedPause, loop.now) }
        leave(.cancel)
    }

    private func badAnswer(_ what: StaticString) {
        guard let exchange else { return leave(.protocolError) }
        leave(.protocolError)
        exchange.upstreamFailed(
            Failure(
                .badAnswer, "the agent's answer is not HTTP that may be forwarded: \(what)",
                hint: "look at the agent '\(upstream.agent.id)'; its stream was closed"),
            .badAnswer, untouched: false, of: self)
    }

    private func cutShort(_ what: String) {
        guard let exchange else { return leave(nil) }
        leave(.cancel)
        exchange.upstreamFailed(
            Failure(
                .answerCutShort, "the agent '\(upstream.agent.id)' \(what)",
                hint: "the answer is incomplete; look at the agent's log"),
            .reset, untouched: false, of: self)
    }

    /// The agent ended the stream.
    func wasReset(_ code: HTTP2ErrorCode) {
        if code == .refusedStream, phase == .awaiting {
            connection.refusedStream()
            return wasRefused()
        }
        // the framing has told it already, where it ended it itself
        id = .rootStream == id ? id : forget()
        guard let exchange else { return leave(nil) }
        if phase == .body { return cutShort("reset the stream within its answer (\(code))") }
        let untouched = !hasAnswered
        leave(nil)
        exchange.upstreamFailed(
            Failure(
                .agentReset, "the agent '\(upstream.agent.id)' reset the stream without an answer (\(code))",
                hint: "it may have given up, or be restarting; repeat the request if that is safe"),
            .reset, untouched: untouched, of: self)
    }

    /// Its number means nothing to the agent any more.
    private func forget() -> HTTP2StreamID {
        connection.forget(id)
        return .rootStream
    }

    /// The agent has not looked at the request (RFC 9113 6.8, 8.7).
    func wasRefused() {
        let exchange = self.exchange
        if id != .rootStream { id = forget() }
        leave(nil)
        exchange?.upstreamFailed(
            Failure(
                .agentReset, "the agent '\(upstream.agent.id)' refused the stream",
                hint: "it is restarting, or has too much to do; repeat the request"),
            .reset, untouched: true, isRefused: true, of: self)
    }

    /// The connection is gone.
    func connectionEnded(_ tls: Failure?) {
        guard phase != .over else { return }
        guard let exchange else { return leave(nil) }
        if phase == .body { return cutShort("closed the connection within its answer") }
        let untouched = !hasAnswered
        leave(nil)
        exchange.upstreamFailed(
            tls
                ?? Failure(
                    .agentReset, "the agent '\(upstream.agent.id)' closed the connection without an answer",
                    hint: "it may have restarted; repeat the request if that is safe"),
            .reset, untouched: untouched, kept: wasKept, of: self)
    }

    override func deadlinePassed(now: Int64) {
        switch phase {
        case .over: break
        case .unwanted: leave(.cancel)
        case .awaiting, .body:
            guard wantsAnswer else {
                // the client is slow, not the agent
                loop.wheel.set(self, loop.after(streamGap))
                return
            }
            guard let exchange else { return leave(.cancel) }
            let inBody = phase == .body
            if !inBody, !requestEnded, !exchange.requestEnded {
                loop.wheel.set(self, loop.after(min(firstByte, perTry)))
                return
            }
            if !inBody, perTry < firstByte, now < loop.after(firstByte, from: exchange.waitingSince) {
                perTry = .max
                if exchange.perTryPassed(self) { return }
                loop.wheel.set(self, loop.after(firstByte, from: exchange.waitingSince))
                return
            }
            leave(.cancel)
            exchange.upstreamFailed(Failure.silence(of: upstream.agent.id, inBody: inBody), .timeout, untouched: false, of: self)
        }
    }
}
