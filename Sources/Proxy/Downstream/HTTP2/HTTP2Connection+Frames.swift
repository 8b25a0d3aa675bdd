internal import Balancer
internal import NIOCore
internal import NIOHTTP2
internal import Telemetry

/// What comes from the client, frame by frame, and what the library tells of streams and windows.
extension HTTP2Connection {
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard phase == .open || phase == .greeting else { return }
        if !isReading {
            isReading = true
            loop.touch()
        }
        let frame = unwrapInboundIn(data)
        switch frame.payload {
        case .data(let content): self.data(frame.streamID, content)
        case .headers(let block): headers(frame.streamID, block)
        case .rstStream: wasReset(frame.streamID)
        case .windowUpdate(let increment):
            if let fault = conduct.windowUpdate(by: increment, loop.now) { close(for: fault) }
        case .settings(.settings(let settings)): peerSettings(settings)
        case .ping(_, let ack):
            if ack, leaving == .announced { return leave() }
            if !ack, let fault = conduct.ping(loop.now) { close(for: fault) }
        case .priority: controlFrame()
        default: break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        guard phase == .open || phase == .greeting else { return dropEnded() }
        if !touched.isEmpty {
            let read = touched
            touched.removeAll(keepingCapacity: true)
            for stream in read { stream.readEnded() }
        }
        refill()
        settle()
        if mustFlush { flush() }
        dropEnded()
    }

    private func headers(_ id: HTTP2StreamID, _ block: HTTP2Frame.FramePayload.Headers) {
        if let stream = streams[id] { return stream.takeTrailers(block) }
        // of a stream that was reset, on its way before the client has heard of that
        guard id > lastStream else { return }
        lastStream = id
        let isNarrow = peerStreamWindow < HTTP2Bounds.narrowWindow
        guard streams.count < (isNarrow ? min(HTTP2Bounds.narrowStreams, bounds.streams) : bounds.streams) else {
            return reset(id, .refusedStream)
        }
        guard head.take(block.headers, endsStream: block.endStream, key: webSocketKey()) == nil else {
            return malformed(id)
        }
        loop.counters.add(1, to: .http2Requests)
        if streams.isEmpty, leaving == .no { loop.wheel.set(self, .max) }
        let stream = HTTP2ClientStream(self, id)
        streams[id] = stream
        stream.begin(endsStream: block.endStream)
    }

    private func data(_ id: HTTP2StreamID, _ content: HTTP2Frame.FramePayload.Data) {
        guard case .byteBuffer(let buffer) = content.data else { return }
        if buffer.readableBytes == 0, !content.endStream, let fault = conduct.emptyFrame(loop.now) {
            return close(for: fault)
        }
        streams[id]?.take(buffer, ends: content.endStream)
    }

    private func wasReset(_ id: HTTP2StreamID) {
        loop.counters.add(1, to: .http2Resets)
        let isUnanswered = streams[id].map { !$0.answerStarted } ?? false
        if let fault = conduct.reset(beforeAnswer: isUnanswered, loop.now) { close(for: fault) }
    }

    private func controlFrame() {
        if let fault = conduct.control(loop.now) { close(for: fault) }
    }

    private func peerSettings(_ settings: HTTP2Settings) {
        if phase == .greeting {
            phase = .open
            rest()
        } else {
            controlFrame()
        }
        for setting in settings {
            switch setting.parameter {
            case .initialWindowSize:
                let change = setting.value - peerStreamWindow
                peerStreamWindow = setting.value
                for stream in streams.values { stream.outboundWindow += change }
            case .maxFrameSize: peerFrameBytes = setting.value
            case .headerTableSize: indexes = setting.value <= 64 * 1024
            default: break
            }
        }
    }

    // MARK: what the library tells

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let event as NIOHTTP2WindowUpdatedEvent:
            if event.streamID == .rootStream {
                if let window = event.inboundWindowSize { inboundWindow = window }
                if let window = event.outboundWindowSize { outboundWindow = window }
            } else if let stream = streams[event.streamID] {
                if let window = event.inboundWindowSize { stream.inboundWindow = window }
                if let window = event.outboundWindowSize { stream.outboundWindow = window }
            }
        case let event as StreamClosedEvent:
            streams[event.streamID]?.wasClosed()
        case let event as NIOHTTP2BulkStreamWindowChangeEvent:
            for stream in streams.values { stream.inboundWindow += event.delta }
        case let event as ChannelEvent where event == .inputClosed:
            loop.touch()
            // who has stopped speaking can make no room for answers
            close()
        default: break
        }
    }

    /// 16 random bytes in base64 (RFC 6455 4.1).
    private func webSocketKey() -> [UInt8] {
        let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        var key = [UInt8](repeating: 0x3d, count: 24)
        var bits = loop.random.next()
        for at in 0..<22 {
            if at == 10 { bits = loop.random.next() }
            // the last digit holds two bits of the sixteenth byte
            let digit = at == 21 ? Int(bits & 3) << 4 : Int(bits & 63)
            key[at] = alphabet.utf8Start[digit]
            bits >>= 6
        }
        return key
    }
}

extension HTTP2Connection: NIOHTTP2FrameDelegate {
    /// A frame has gone to the outlet. Nothing may be written from here: it would come before that frame.
    func wroteFrame(_ frame: HTTP2Frame) {
        hasJustReset = false
        switch frame.payload {
        case .rstStream:
            hasJustReset = true
            hasJustTakenBack = streams[frame.streamID].map { !$0.answerStarted } ?? false
        case .data(let content):
            let bytes = content.data.readableBytes
            let stream = streams[frame.streamID]
            stream?.wrote(bytes, ends: content.endStream)
            if bytes >= HTTP2Conduct.smallIncrement || stream?.waiting == 0 { conduct.sent() }
        case .headers(let block):
            if block.endStream { streams[frame.streamID]?.wrote(0, ends: true) }
        case .goAway(_, let code, _):
            if leaving != .told, code.networkCode != HTTP2ErrorCode.noError.networkCode { isBroken = true }
        default: break
        }
    }
}
