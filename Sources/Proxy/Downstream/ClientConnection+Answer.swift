internal import Access
internal import Glibc
internal import NIOCore
internal import Telemetry
internal import Wire

/// The answer's half: what exchanges and tunnels ask of the connection that brought them.
extension ClientConnection: Downstream {
    func sendInterim(_ answer: ResponseHead) {
        out.put(atMost: answer.lines.count + 64, loop.writes) { sink in
            sink.put("HTTP/1.1 ")
            sink.put(decimal: answer.status)
            sink.put(byte: 0x20)
            sink.put(answer.reason)
            sink.put("\r\n")
            answer.lines.copyFields(
                into: &sink,
                dropping: Dropping(ids: Dropping.hopByHop | Dropping.bits(.contentLength), underscores: false),
                namesFields: answer.namesFields)
            sink.put("\r\n")
        }
    }

    func sendContinue() {
        out.put(atMost: 32, loop.writes) { $0.put("HTTP/1.1 100 Continue\r\n\r\n") }
        flush()
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
        answerSized = if case .length = answer.framing { true } else { false }
        if isDraining { keepsAlive = false }
        let own = AnswerLines.own(of: exchange)
        out.put(atMost: AnswerLines.room(of: exchange, own: own), loop.writes) { sink in
            sink.put("HTTP/1.1 ")
            sink.put(decimal: answer.status)
            sink.put(byte: 0x20)
            sink.put(answer.reason)
            sink.put("\r\n")
            AnswerLines.agent(of: exchange, dropsLength: answerChunked, into: &sink)
            if answerChunked { sink.put("Transfer-Encoding: chunked\r\n") }
            AnswerLines.passage(of: exchange, into: &sink)
            if answer.isUpgrade {
                sink.put("Connection: upgrade\r\nUpgrade: ")
                sink.put(exchange.upgradeName)
                sink.put("\r\n")
            } else {
                putConnection(exchange, into: &sink)
            }
            AnswerLines.additions(of: exchange, own: own, into: &sink)
            sink.put("\r\n")
        }
    }

    @inline(__always)
    private func putConnection(_ exchange: Exchange, into sink: inout HeadSink) {
        if !keepsAlive {
            sink.put("Connection: close\r\n")
        } else if exchange.head.isOld {
            sink.put("Connection: keep-alive\r\n")
        }
    }

    func sendHead(_ head: SharedHead, for exchange: Exchange) {
        answerStarted = true
        if isDraining || (phase == .body && !mayDiscard) { keepsAlive = false }
        answerSized = head.length != nil
        answerChunked = head.length == nil && !head.isBodiless && !exchange.head.isOld && exchange.head.method != .head
        if head.length == nil, exchange.head.isOld { keepsAlive = false }
        out.put(atMost: AnswerLines.room(of: head, for: exchange), loop.writes) { sink in
            sink.put("HTTP/1.1 ")
            sink.put(decimal: head.status)
            sink.put(byte: 0x20)
            if head.reason.isEmpty { sink.put(reasonPhrase(head.status)) } else { sink.put(head.reason) }
            sink.put("\r\n")
            sink.put(head.fields)
            if let length = head.length, !head.isBodiless {
                AnswerLines.length(length, into: &sink)
            } else if answerChunked {
                sink.put("Transfer-Encoding: chunked\r\n")
            }
            AnswerLines.shared(for: exchange, into: &sink)
            putConnection(exchange, into: &sink)
            AnswerLines.additions(of: head, for: exchange, into: &sink)
            sink.put("\r\n")
        }
    }

    /// Requests that came together are answered together.
    func finish() {
        if !isConsuming { flush() }
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
        out.put(atMost: AnswerLines.room(of: reply, for: exchange), loop.writes) { sink in
            sink.put("HTTP/1.1 ")
            sink.put(decimal: reply.status)
            sink.put(byte: 0x20)
            sink.put(reasonPhrase(reply.status))
            sink.put("\r\n")
            AnswerLines.lines(of: reply, for: exchange, sized: true, into: &sink)
            putConnection(exchange, into: &sink)
            sink.put("\r\n")
            if !isHead { sink.put(reply.body) }
        }
        if !isConsuming { flush() }
    }

    /// A short rest of an unwanted body is read and dropped; a client that waits for 100 will not send it at all.
    var mayDiscard: Bool {
        guard exchange?.head.expectsContinue != true, let left = body.remaining else { return false }
        return left <= Self.discardBytes
    }

    func flush() { out.flush(loop.writes, context) }

    /// The client must not take a cut answer for a whole one: no last chunk, no orderly end.
    func abort() {
        flush()
        secure?.cut()
        keepsAlive = false
        answerStarted = true
        if answerChunked || answerSized {
            close()
        } else {
            // an answer that ends with the connection can only be marked cut by a reset
            context?.channel.resetsOnClose()
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

    var mayDiscardRest: Bool { body.remaining.map { $0 <= Self.discardBytes } ?? false }

    func giveBack(_ ended: Exchange) {
        exchange = nil
        tunnelExchange = nil
        loop.recycle(ended)
    }

    func nextRequest() {
        phase = .head
        idleSince = loop.now
        if !takesAnswer {
            beginLooking()
            loop.wheel.set(self, loop.now + loop.runtime.timeouts.write)
        } else {
            loop.wheel.set(self, loop.now + loop.runtime.timeouts.idle)
            readOn()
        }
    }

    /// What was sent ahead is taken, and more is read: while answers have room, for who does not take them gets no others.
    func readOn() {
        if !wantsRead { setReading(true) }
        guard !isConsuming, var waiting = ahead else { return }
        ahead = nil
        consume(&waiting)
        if out.isFilled { flush() }
    }

    var takesAnswer: Bool { !out.isQueued || context?.channel.isWritable != false }

    /// Answers that were made wait for the client only as far as the channel holds them.
    var hasRoom: Bool {
        if out.filled >= Self.aheadBytes { flush() }
        return takesAnswer
    }

    /// Everything written goes out, then our side closes; the client's is awaited for a moment.
    func closeGracefully() {
        guard phase != .closing, phase != .closed else { return }
        flush()
        // the write may have ended the connection before it came back
        guard phase != .closed else { return }
        phase = .closing
        ahead = nil
        setReading(true)
        beginLooking()
        loop.wheel.set(self, loop.now + Self.lingerNanoseconds)
        if inputEnded { close() } else { context?.close(mode: .output, promise: nil) }
    }

    // MARK: tunnels

    func becomeTunnel(_ exchange: Exchange, to stream: any UpstreamStream) {
        flush()
        guard phase != .closed else { return stream.tunnelBroke() }
        phase = .tunnel
        // either side may end before the other; a client of anything else that ends its side is gone
        try? context?.channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: true)
        tunnelStream = stream
        tunnelExchange = exchange
        tunnelNotice = exchange.listensForNotices ? WebSocketNotice() : nil
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
        if tunnelNotice != nil, let notice = buffer.withUnsafeReadableBytes({ tunnelNotice!.take($0) }) {
            tunnelExchange?.noticed(notice)
        }
        out.pass(buffer, loop.writes, context)
    }

    func tunnelEnded() {
        outputEnded = true
        flush()
        beginLooking()
        loop.wheel.set(self, loop.now + loop.runtime.timeouts.write)
        if inputEnded { closeTunnel() } else { context?.close(mode: .output, promise: nil) }
    }

    func tunnelBroke() {
        tunnelStream = nil
        // an agent that has said all and is gone has not broken anything
        if outputEnded { closeTunnel() } else { close() }
    }

    func endTunnel() {
        let stream = tunnelStream
        tunnelStream = nil
        stream?.tunnelBroke()
        let ended = tunnelExchange ?? exchange
        ended?.tunnelEnded()
        if let left = exchange { giveBack(left) }
    }
}
