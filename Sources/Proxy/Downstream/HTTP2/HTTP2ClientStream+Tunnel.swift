internal import NIOCore
internal import NIOHPACK
internal import NIOHTTP2
internal import Wire

/// A tunnel (RFC 8441): DATA frames are its bytes, END_STREAM the end of one side, a reset that of both.
extension HTTP2ClientStream {
    var tunnelIdle: Int64 { exchange?.plan?.tunnelIdle ?? loop.runtime.timeouts.tunnelIdle }

    func takeTunnel(_ buffer: ByteBuffer, ends: Bool) {
        if ends { requestEnded = true }
        guard phase == .tunnel else {
            // it waits for the agent's word, and must not hold on to a read buffer meanwhile
            if phase != .over, buffer.readableBytes > 0 { keep(ByteBuffer(bytes: buffer.readableBytesView)) }
            return
        }
        loop.wheel.set(self, loop.now + tunnelIdle)
        if buffer.readableBytes > 0 {
            exchange?.bytesIn &+= buffer.readableBytes
            tunnelStream?.tunnel(buffer)
        }
        if ends { tunnelStream?.tunnelEnded() }
    }

    func becomeTunnel(_ exchange: Exchange, to stream: any UpstreamStream) {
        guard !isClosed else { return stream.tunnelBroke() }
        phase = .tunnel
        tunnelStream = stream
        tunnelNotice = exchange.listensForNotices ? WebSocketNotice() : nil
        tunnelFrames = exchange.upgradeName.elementsEqual("websocket".utf8) ? WebSocketBoundary() : nil
        flush()
        guard phase == .tunnel, !isClosed else { return }
        loop.wheel.set(self, loop.now + tunnelIdle)
        if let bytes = early {
            early = nil
            exchange.bytesIn &+= bytes.readableBytes
            stream.tunnel(bytes)
        }
        if requestEnded { stream.tunnelEnded() }
        wantRequestBody(true)
    }

    func tunnel(_ buffer: ByteBuffer) {
        guard !isClosed, !answerEnded else { return }
        loop.wheel.set(self, loop.now + tunnelIdle)
        exchange?.bytesOut &+= buffer.readableBytes
        if tunnelFrames != nil { buffer.withUnsafeReadableBytes { tunnelFrames?.take($0) } }
        if tunnelNotice != nil, let notice = buffer.withUnsafeReadableBytes({ tunnelNotice?.take($0) }) {
            exchange?.noticed(notice)
        }
        putData(buffer, ends: false)
        flush()
    }

    func tunnelEnded() {
        guard !isClosed, !answerEnded else { return }
        answerEnded = true
        putEnd(HPACKHeaders())
        connection.flush()
        if !isClosed { loop.wheel.set(self, loop.now + loop.runtime.timeouts.write) }
    }

    func tunnelBroke() {
        tunnelStream = nil
        // an agent that has said all and is gone has not broken anything; the client may have some of it to take yet
        if !answerEnded { reset(.cancel) }
    }

    func endTunnel() {
        let stream = tunnelStream
        tunnelStream = nil
        stream?.tunnelBroke()
        exchange?.tunnelEnded()
        if let left = exchange { giveBack(left) }
    }

    /// The proxy's time is over: a WebSocket gets 1012 where a frame ends, a request without an answer is told so,
    /// everything else is cut.
    func cut() {
        if !hasBegun {
            // it may be sent again, whatever it is (RFC 9113 8.7)
            reset(.refusedStream)
        } else if phase == .tunnel {
            if let frames = tunnelFrames, frames.isAtBoundary, !answerEnded {
                putData(ByteBuffer(bytes: WebSocketBoundary.close(code: 1012)), ends: true)
                answerEnded = true
                connection.flush()
            }
            let stream = tunnelStream
            tunnelStream = nil
            stream?.tunnelBroke()
        } else if let exchange, !exchange.isEnded, !answerStarted {
            exchange.fail(Failure.stopping(isSent: exchange.attempts > 0))
        } else if exchange != nil {
            reset(.internalError)
        }
    }
}
