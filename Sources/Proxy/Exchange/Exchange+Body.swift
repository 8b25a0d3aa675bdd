internal import Balancer
internal import NIOCore
internal import Wire

/// The request's body on its way: to the agent, or kept until there is one, or for another one.
extension Exchange {
    /// Body bytes `start..<end` (absolute indices) have come.
    func requestBody(_ buffer: ByteBuffer, _ start: Int, _ end: Int) {
        bytesIn &+= end &- start
        guard !isEnded else { return }
        if let limit = plan?.bodyLimit ?? runtime?.bodyLimit, bytesIn > limit {
            fail(Failure(WireFailure.bodyTooLarge))
            return
        }
        guard let stream else {
            // operators are heard all the same
            guard hold(buffer, start, end) || plan?.local != nil else {
                fail(Failure.bodyMemory(loop.process.bodyMemory))
                return
            }
            if isAdmitting { return }
            if caching?.gathers == true { return gathered() }
            if reading != nil || binding?.scanner != nil {
                buffer.withUnsafeReadableBytes { bytes in
                    let offset = start &- buffer.readerIndex
                    let piece = UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset &+ end &- start)])
                    if reading != nil { read(piece) } else { look(piece) }
                }
            }
            return
        }
        if keepsBody {
            let isShort = (held?.readableBytes ?? 0) &+ end &- start <= replayBytes
            if !isShort || !hold(buffer, start, end) {
                // too long to be kept, or too much is; from here on it can reach one agent only
                keepsBody = false
                releaseBody()
            }
        }
        sentBody = true
        stream.sendBody(buffer, start, end)
    }

    /// What the request is taken to cost an agent: a token for four bytes of its body, as usual for English text, and
    /// 256 for the answer. A request without a body costs one.
    var estimatedTokens: Int {
        switch head.framing {
        case .length(let bytes) where bytes > 0: bytes / 4 + 256
        case .chunked: (held?.readableBytes ?? 0) / 4 + 256
        default: 1
        }
    }

    /// Copies: a piece of a read buffer would keep all of it from the loop, for as long as the agent thinks. False:
    /// with these bytes, more are held than `performance.bodyMemory` allows.
    private func hold(_ buffer: ByteBuffer, _ start: Int, _ end: Int) -> Bool {
        if held == nil {
            var capacity = end &- start
            if keepsBody, case .length(let bytes) = head.framing {
                capacity = max(capacity, min(bytes, replayBytes))
            }
            held = loop.eventLoop.newBuffer(capacity: capacity)
        }
        buffer.withUnsafeReadableBytes { bytes in
            let offset = start &- buffer.readerIndex
            _ = held!.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset &+ end &- start)]))
        }
        return loop.process.bodyHeld(end &- start)
    }

    /// What is held is handed on, or nobody wants it any more. Bytes are only ever added to it: all of it was counted.
    @inline(__always)
    func releaseBody() {
        if let held {
            loop.process.bodyReleased(held.readableBytes)
            self.held = nil
        }
    }

    func requestBodyEnded(trailers: HeadLines?) {
        guard !isEnded else { return }
        requestEnded = true
        heldTrailers = trailers
        if isAdmitting { return }
        if let page = plan?.local {
            if page.takesBody { loop.process.answerLocally(page, self) }
            return
        }
        if reading != nil { return readEnough() }
        if caching?.gathers == true { return gatheredAll() }
        if binding?.scanner != nil { return found() }
        guard let stream else { return }
        if lease != nil { target?.pool.pool.asked(&lease!, loop.now) }
        stream.endRequest(trailers: trailers)
        armHedge()
    }
}
