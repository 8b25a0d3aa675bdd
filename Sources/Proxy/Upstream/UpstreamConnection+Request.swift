internal import Access
internal import NIOCore
internal import Wire

/// What goes to the agent: the request, or that nobody wants its answer any more, or a tunnel's bytes.
extension UpstreamConnection: UpstreamStream {
    func sendHead(of exchange: Exchange) {
        guard let plan = exchange.plan, let client = exchange.client else { return }
        let lines = RequestLines(
            head: exchange.head, plan: plan, client: client, path: exchange.rewrittenPath,
            requestID: exchange.requestIDBytes, upgrade: exchange.isUpgrade ? exchange.upgradeName : nil,
            conditions: exchange.conditions, wantsIdentity: exchange.wantsIdentity, contentLength: exchange.contentLength,
            identity: exchange.credential?.lines, withheld: exchange.withheld, brought: exchange.forwarded)
        out.put(atMost: lines.room, loop.writes) { sink in lines.write(authority: upstream.authority, into: &sink) }
    }

    func sendBody(_ buffer: ByteBuffer, _ start: Int, _ end: Int) {
        out.putBody(buffer, start, end, chunked: requestChunked, loop.writes, context)
    }

    func endRequest(trailers: HeadLines?) {
        requestEnded = true
        if let exchange {
            // another attempt does not give the exchange more time
            if exchange.waitingSince == 0 { exchange.waitingSince = loop.now }
            let last = exchange.waitingSince &+ firstByte
            loop.wheel.set(self, perTry < firstByte ? min(last, loop.now &+ perTry) : last)
        }
        guard requestChunked else { return }
        // who somebody is, is not said after the body either
        let dropped = trailers == nil ? [] : exchange?.plan?.requestEdits.dropping.names ?? []
        out.put(atMost: 8 + (trailers?.count ?? 0), loop.writes) { sink in
            sink.put("0\r\n")
            if let trailers { Trailers.copy(trailers, into: &sink, without: dropped) }
            sink.put("\r\n")
        }
    }

    func flush() { out.flush(loop.writes, context) }

    func cancel() {
        exchange = nil
        hedge = nil
        // closed in peace within a request, it would hold its port for a minute: clients that take back what they ask for
        // could use up all ports to an agent
        if phase == .awaiting || phase == .body { context?.channel.resetsOnClose() }
        close()
    }

    func dismiss() {
        let length: Int? =
            switch exchange?.answer.framing {
            case .length(let bytes): bytes
            case .some(.none): 0
            default: nil
            }
        guard phase == .body, requestEnded, let exchange, exchange.answer.keepsAlive, let length,
            length <= Self.unwantedBytes
        else { return cancel() }
        unwantedSeconds = exchange.answer.keepAliveSeconds
        unwantedBody = exchange.status == 503 ? loop.eventLoop.newBuffer(capacity: length) : nil
        unwantedPause = exchange.askedPause
        self.exchange = nil
        phase = .unwanted
        wantAnswer(true)
        loop.wheel.set(self, loop.now &+ Self.unwantedNanoseconds)
    }

    func wantAnswer(_ wanted: Bool) {
        wantsRead = wanted
        if wanted, readPending {
            readPending = false
            context?.read()
        }
    }

    func tunnel(_ buffer: ByteBuffer) { out.pass(buffer, loop.writes, context) }

    func tunnelEnded() {
        outputEnded = true
        flush()
        if inputEnded { closeTunnel() } else { context?.close(mode: .output, promise: nil) }
    }

    func tunnelBroke() {
        exchange = nil
        tunnelFrom = nil
        // a client that has said all and is gone has not broken anything
        if outputEnded { closeTunnel() } else { close() }
    }
}
