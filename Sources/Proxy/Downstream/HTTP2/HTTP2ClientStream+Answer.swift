internal import NIOCore
internal import NIOHPACK
internal import NIOHTTP2
internal import Wire

/// The answer's half. What may be the last of an answer is held until something follows it, so that END_STREAM needs
/// no frame of its own.
extension HTTP2ClientStream: Downstream {
    var client: Client { connection.client }

    func sendInterim(_ answer: ResponseHead) {
        guard !isClosed, !answerStarted else { return }
        let headers = fields(answer.status, atMost: answer.lines.count) { sink in
            answer.lines.copyFields(
                into: &sink,
                dropping: Dropping(ids: Dropping.hopByHop | Dropping.bits(.contentLength), underscores: false),
                namesFields: answer.namesFields)
        }
        guard HPACKRoom.fits(headers, in: connection.peerFrameBytes) else { return }
        connection.write(id, .headers(.init(headers: headers)))
    }

    func sendContinue() {
        guard !isClosed, !answerStarted else { return }
        connection.write(id, .headers(.init(headers: HPACKHeaders([(":status", "100")]))))
        connection.flush()
    }

    func sendHead(of exchange: Exchange) {
        let answer = exchange.answer
        answerStarted = true
        guard !isClosed else { return }
        if asksTunnel, !answer.isUpgrade, answer.status < 300 { return replaceHead(exchange) }
        let own = AnswerLines.own(of: exchange)
        let dropsLength = answer.framing == .chunked
        hold(
            fields(answer.isUpgrade ? 200 : answer.status, atMost: AnswerLines.room(of: exchange, own: own)) { sink in
                AnswerLines.agent(of: exchange, dropsLength: dropsLength, into: &sink)
                AnswerLines.passage(of: exchange, into: &sink)
                AnswerLines.additions(of: exchange, own: own, into: &sink)
            }, exchange)
    }

    func sendHead(_ head: SharedHead, for exchange: Exchange) {
        answerStarted = true
        guard !isClosed else { return }
        hold(
            fields(head.status, atMost: AnswerLines.room(of: head, for: exchange)) { sink in
                sink.put(head.fields)
                if let length = head.length, !head.isBodiless { AnswerLines.length(length, into: &sink) }
                AnswerLines.shared(for: exchange, into: &sink)
                AnswerLines.additions(of: head, for: exchange, into: &sink)
            }, exchange)
    }

    func sendReply(_ reply: Reply, for exchange: Exchange) {
        answerStarted = true
        guard !isClosed else { return }
        // an error of gRPC is nothing but its head, which is its trailers too (gRPC over HTTP2, Trailers-Only)
        let isTrailersOnly = reply.body.isEmpty && reply.isGRPC
        let headers = fields(reply.status, atMost: AnswerLines.room(of: reply, for: exchange)) { sink in
            AnswerLines.lines(of: reply, for: exchange, sized: !isTrailersOnly, into: &sink)
        }
        hold(headers, exchange)
        if !reply.body.isEmpty, exchange.head.method != .head, !discardsAnswer {
            putHead(ends: false)
            heldPiece = ByteBuffer(bytes: reply.body)
        }
        endAnswer(trailers: nil)
        flush()
    }

    func sendBody(_ buffer: ByteBuffer, _ start: Int, _ end: Int) {
        guard !isClosed, !discardsAnswer, end > start else { return }
        putHead(ends: false)
        putPiece(ends: false)
        heldPiece = buffer.getSlice(at: start, length: end &- start)
    }

    func endAnswer(trailers: HeadLines?) {
        guard !isClosed, !answerEnded else { return }
        answerEnded = true
        if let trailers, !discardsAnswer {
            let headers = HTTP2Fields.trailers(Trailers.lines(trailers))
            if !headers.isEmpty, HPACKRoom.fits(headers, in: connection.peerFrameBytes) {
                putHead(ends: false)
                putPiece(ends: false)
                return putEnd(headers)
            }
        }
        if heldPiece != nil {
            putHead(ends: false)
            putPiece(ends: true)
        } else if heldHead != nil {
            putHead(ends: true)
        } else {
            putEnd(HPACKHeaders())
        }
    }

    func flush() {
        // a head that ended the answer has closed the stream, and is still on its way
        guard !isClosed else { return connection.flush() }
        putHead(ends: false)
        putPiece(ends: false)
        connection.flush()
        if connection.isReading { connection.written.append(self) } else { checkWaiting() }
    }

    var takesAnswer: Bool { !isPaused }

    func finish() { flush() }

    /// The client must not take a cut answer for a whole one.
    func abort() {
        flush()
        reset(.internalError)
    }

    func wantRequestBody(_ wanted: Bool) {
        wantsBody = wanted
        guard wanted, !isTouched else { return }
        refill()
        if connection.mustFlush { connection.flush() }
    }

    func exchangeEnded() {
        guard let ended = exchange else { return }
        giveBack(ended)
        phase = .over
        if isClosed { return connection.remove(self) }
        guard answerEnded else { return reset(.internalError) }
        if waiting == 0 { loop.wheel.set(self, .max) }
        // the rest of the request is of no use to anybody (RFC 9113 8.1); it may be on its way in this very read
        if sentEnd, !requestEnded { finishEarly() }
    }

    /// Tells the client to stop sending, once it has all of the answer.
    private func finishEarly() {
        connection.sent.append(self)
        if !connection.isReading { connection.settle() }
    }

    // MARK: frames

    /// Lines written by `write`, as the fields of a head.
    private func fields(_ status: Int, atMost room: Int, _ write: (inout HeadSink) -> Void) -> HPACKHeaders {
        withUnsafeTemporaryAllocation(byteCount: room, alignment: 16) { memory in
            guard let start = memory.baseAddress else { return HPACKHeaders() }
            var sink = HeadSink(start)
            write(&sink)
            let lines = UnsafeRawBufferPointer(start: start, count: sink.at - start)
            return HTTP2Fields.head(status, lines, indexes: connection.indexes)
        }
    }

    private func hold(_ headers: HPACKHeaders, _ exchange: Exchange) {
        if !HPACKRoom.fits(headers, in: connection.peerFrameBytes) { return replaceHead(exchange) }
        heldHead = headers
    }

    /// An answer that cannot be given to this client: its head does not fit a frame, or is none to its request.
    private func replaceHead(_ exchange: Exchange) {
        discardsAnswer = true
        exchange.status = 502
        heldHead = fields(502, atMost: 256) { AnswerLines.requestID(of: exchange, into: &$0) }
    }

    private func putHead(ends: Bool) {
        guard let headers = heldHead else { return }
        heldHead = nil
        connection.write(id, .headers(.init(headers: headers, endStream: ends)))
    }

    private func putPiece(ends: Bool) {
        guard let piece = heldPiece else { return }
        heldPiece = nil
        putData(piece, ends: ends)
    }

    /// What ends the answer when all of its body has been put.
    func putEnd(_ trailers: HPACKHeaders) {
        if waiting > 0 { heldEnd = trailers } else { connection.write(id, HTTP2End.payload(trailers)) }
    }

    func putData(_ piece: ByteBuffer, ends: Bool) {
        var piece = piece
        let count = piece.readableBytes
        let room = min(outboundWindow, connection.outboundWindow)
        let mustWait = waiting > 0 || count > room || connection.context?.channel.isWritable == false
        // what waits must not hold on to a read buffer many times its size
        if mustWait, piece.storageCapacity > 2 * count { piece = ByteBuffer(bytes: piece.readableBytesView) }
        waiting += count
        connection.write(id, .data(.init(data: .byteBuffer(piece), endStream: ends)))
    }

    // MARK: windows

    /// Bytes have gone to the outlet.
    func wrote(_ bytes: Int, ends: Bool) {
        waiting -= bytes
        sentBytes &+= bytes
        if ends { sentEnd = true }
        let resumes = isPaused && waiting <= HTTP2Bounds.resumedBytes
        let rests = stalledAt >= 0 && waiting == 0
        let mayEnd = heldEnd != nil && waiting == 0
        if resumes || rests || mayEnd || (ends && !requestEnded) { connection.sent.append(self) }
    }

    /// After a write: whether the agent has to wait for the client.
    func checkWaiting() {
        guard waiting > 0, !isClosed else { return }
        if stalledAt < 0 {
            stalledAt = sentBytes
            loop.wheel.set(self, loop.now + loop.runtime.timeouts.write)
        }
        if waiting > HTTP2Bounds.waitingBytes, !isPaused {
            isPaused = true
            (tunnelStream ?? exchange?.stream)?.wantAnswer(false)
        }
    }

    /// After frames have gone out.
    func framesSent() {
        if isPaused, waiting <= HTTP2Bounds.resumedBytes {
            isPaused = false
            (tunnelStream ?? exchange?.stream)?.wantAnswer(true)
        }
        guard !isClosed else { return }
        if waiting == 0, let trailers = heldEnd {
            heldEnd = nil
            connection.write(id, HTTP2End.payload(trailers))
        }
        if stalledAt >= 0, waiting == 0 {
            stalledAt = -1
            let deadline: Int64 =
                switch phase {
                case .body: loop.now + loop.runtime.timeouts.read
                case .tunnel: loop.now + tunnelIdle
                case .answering, .over: .max
                }
            loop.wheel.set(self, deadline)
        }
        if sentEnd, !requestEnded, exchange == nil { reset(.noError) }
    }
}
