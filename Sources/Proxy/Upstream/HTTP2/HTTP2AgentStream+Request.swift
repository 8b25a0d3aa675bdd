internal import Access
internal import Balancer
internal import NIOCore
internal import NIOHPACK
internal import NIOHTTP2
internal import Wire

/// What goes to the agent: the request, or that nobody wants its answer any more.
extension HTTP2AgentStream: AgentStream {
    static var mayBeRefused: Bool { true }
    var takesBody: Bool { !isHeldUp }

    func becomeFirst() { hedge = nil }

    func sendHead(of exchange: Exchange) {
        guard let plan = exchange.plan, let client = exchange.client else { return }
        let lines = RequestLines(
            head: exchange.head, plan: plan, client: client, path: exchange.rewrittenPath,
            requestID: exchange.requestIDBytes, upgrade: nil, conditions: exchange.conditions,
            wantsIdentity: exchange.wantsIdentity, contentLength: exchange.contentLength,
            identity: exchange.credential?.lines, withheld: exchange.withheld, brought: exchange.forwarded)
        var buffer = loop.writes.take()
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: lines.room) { memory in
            guard let start = memory.baseAddress else { return 0 }
            var sink = HeadSink(start)
            lines.write(authority: upstream.authority, into: &sink)
            return sink.at - start
        }
        head = buffer.withUnsafeReadableBytes { HTTP2Heads.request($0, scheme: upstream.endpoint.isTLS ? "https" : "http") }
        loop.writes.giveBack(buffer)
        // servers of gRPC want to be told that nobody in between drops trailers
        if exchange.grpc != nil, head?.contains(name: "te") == false { head?.add(name: "te", value: "trailers") }
        if let fields = head, !HPACKRoom.fits(fields, in: HTTP2Terms.mostHead) {
            head = nil
            let stream = NIOLoopBound(self, eventLoop: loop.eventLoop)
            loop.eventLoop.execute { stream.value.refuseHead() }
        }
    }

    /// The library writes no CONTINUATION: a head has to fit one frame.
    private func refuseHead() {
        guard phase != .over, let exchange else { return }
        leave(nil)
        exchange.fail(
            Failure(
                .badRequest,
                "the head is too large for one frame of HTTP/2, which the agent '\(upstream.agent.id)' speaks",
                hint: "send less than 16 KB of fields, or set protocol: \"http1\" for the agent", status: 431))
    }

    private func sendHead(isEnd: Bool) {
        guard let fields = head, phase != .over else { return }
        head = nil
        id = connection.open(self)
        connection.write(id, .headers(.init(headers: fields, endStream: isEnd)))
    }

    func sendBody(_ buffer: ByteBuffer, _ start: Int, _ end: Int) {
        sendHead(isEnd: false)
        let count = end &- start
        guard phase != .over, !requestEnded, count > 0, id != .rootStream,
            var slice = buffer.getSlice(at: start, length: count)
        else { return }
        // what waits must not hold on to a read buffer many times its size
        if count < Outlet.copyBytes || waitingBytes > 0 && count * 2 < slice.storageCapacity {
            slice = ByteBuffer(bytes: slice.readableBytesView)
        }
        waitingBytes &+= count
        connection.write(id, .data(.init(data: .byteBuffer(slice))))
        if waitingBytes >= HTTP2Terms.mostWaiting {
            isHeldUp = true
            exchange?.downstream?.wantRequestBody(false)
        }
    }

    /// The socket has had so many of them.
    func wrote(_ bytes: Int) {
        waitingBytes &-= bytes
        if waitingBytes == 0, heldEnd != nil { connection.mayEnd(self) }
        guard isHeldUp, waitingBytes <= HTTP2Terms.fewWaiting else { return }
        isHeldUp = false
        exchange?.downstream?.wantRequestBody(true)
    }

    func endRequest(trailers: HeadLines?) {
        guard !requestEnded, phase != .over else { return }
        requestEnded = true
        if let exchange {
            if exchange.waitingSince == 0 { exchange.waitingSince = loop.now }
            if phase == .awaiting {
                let last = loop.after(firstByte, from: exchange.waitingSince)
                loop.wheel.set(self, perTry < firstByte ? min(last, loop.now &+ perTry) : last)
            }
        }
        // who somebody is, is not said after the body either
        let dropped = trailers == nil ? [] : exchange?.plan?.requestEdits.dropping.names ?? []
        let fields = trailers.map { HTTP2Heads.trailers(Trailers.lines($0, without: dropped)) } ?? HPACKHeaders()
        let isLast = fields.isEmpty || !HPACKRoom.fits(fields, in: HTTP2Terms.mostHead)
        if head != nil {
            sendHead(isEnd: isLast)
            if isLast { return }
        }
        guard phase != .over, id != .rootStream else { return }
        heldEnd = isLast ? HPACKHeaders() : fields
        if waitingBytes == 0 { writeEnd() }
    }

    /// Everything before it has gone.
    func writeEnd() {
        guard phase != .over, let end = heldEnd else { return }
        heldEnd = nil
        connection.write(id, HTTP2End.payload(end))
    }

    func flush() { sendHead(isEnd: false) }

    func cancel() { leave(.cancel) }

    func dismiss() {
        guard phase == .body, let exchange, exchange.status == 503 else { return cancel() }
        unwantedBody = ByteBuffer()
        unwantedPause = exchange.askedPause
        self.exchange = nil
        hedge = nil
        phase = .unwanted
        wantAnswer(true)
        loop.wheel.set(self, loop.now &+ UpstreamConnection.unwantedNanoseconds)
    }

    func wantAnswer(_ wanted: Bool) {
        wantsAnswer = wanted
        if wanted, id != .rootStream { openWindow() }
    }

    /// Nothing changes protocols in HTTP/2.
    func tunnel(_ buffer: ByteBuffer) {}
    func tunnelEnded() {}
    func tunnelBroke() { cancel() }
}
