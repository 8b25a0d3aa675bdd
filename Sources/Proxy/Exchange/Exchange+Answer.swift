internal import Access
internal import Balancer
internal import Cache
internal import NIOCore
internal import Routing
internal import Semantics
internal import Telemetry
internal import Wire

/// From the agent's first byte to the last: answers, failures of attempts and what follows from them, tunnels.
extension Exchange {
    /// Where another stream is what the answer comes from: nothing of it is read while the client has no room.
    func heedRoom() {
        if downstream?.takesAnswer == false { stream?.wantAnswer(false) }
    }

    // MARK: the answer

    /// An interim answer passes on, but to a client of HTTP/1.0, which knows none (RFC 9110 15.2).
    func interimAnswer() {
        if !head.isOld { downstream?.sendInterim(answer) }
        answer.reset()
    }

    /// The agent's head is there.
    func answerHead(_ connection: any AgentStream) {
        if let hedge, !settle(hedge, connection) { return }
        if answer.isUpgrade {
            openTunnel()
            return
        }
        status = answer.status
        if let charge { charge.answerBegan(answer) }
        if answer.loadMetricsField >= 0 { takeLoadReport() }
        if status >= 400 {
            if repeatsInstead(as: status) { return }
            if models?.chain != nil, !maySayMissing, goesOn(.status(status, retryAfter: askedPause)) { return }
        }
        if let grpc, judgeCall(grpc) { return }
        phase = .answering
        noteFirstByte()
        firstByteCame(isError: (grpc?.outcome(status) ?? Outcome.of(status: status)).isError)
        if let streams = plan?.streams, watchStream(streams) { return }
        if status == 403 || status == 503, case .length(let bytes) = answer.framing, bytes <= Attribution.longest {
            heldAnswer = loop.eventLoop.newBuffer(capacity: bytes)
            return
        }
        if models?.chain != nil, maySayMissing, case .length(let bytes) = answer.framing {
            heldAnswer = loop.eventLoop.newBuffer(capacity: bytes)
            return
        }
        beginAnswer()
    }

    /// The agent may be saying that it does not have the model: its words are read before the client gets them.
    private var maySayMissing: Bool {
        guard MissingModel.mayBe(status: status), case .length(let bytes) = answer.framing else { return false }
        return bytes <= MissingModel.most
    }

    /// The client gets the head: from here on the exchange is this agent's, and nothing is kept for another one.
    func beginAnswer() {
        if keepsBody {
            keepsBody = false
            releaseBody()
        }
        models?.chain?.answerBegan()
        if plan?.caching != nil, !isInside, invalidates() { return }
        downstream?.sendHead(of: self)
    }

    func answerBody(_ buffer: ByteBuffer, _ start: Int, _ end: Int) {
        if let charge { charge.take(buffer, start, end) }
        if heldAnswer != nil {
            var slice = buffer.getSlice(at: start, length: end &- start)!
            heldAnswer!.writeBuffer(&slice)
            return
        }
        if let watch, watchBody(watch, buffer, start, end) { return }
        if binding?.learnsResponse == true {
            buffer.withUnsafeReadableBytes { bytes in
                let offset = start &- buffer.readerIndex
                learn(UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset &+ end &- start)]))
            }
        }
        if waiting != nil { return keepWaiting(buffer, start, end) }
        bytesOut &+= end &- start
        downstream?.sendBody(buffer, start, end)
    }

    /// The answer is complete; `stream` has been given back or closed by its connection.
    func answerEnded(trailers: HeadLines?) {
        stream = nil
        charge?.isWhole = true
        if let watch, watch.isHolding {
            if leaveStream(watch) { return }
            // readers may have ended all of this, and the exchange be another's
            let serial = self.serial
            commitStream(watch)
            guard self.serial == serial else { return }
        }
        if let grpc, let trailers { grpc.hear(trailers) }
        recordOutcome(grpc?.outcome(status) ?? Outcome.of(status: status), retryAfter: askedPause)
        if let body = heldAnswer {
            if models?.chain != nil, body.withUnsafeReadableBytes({ MissingModel.isTold(status: status, body: $0) }),
                goesOn(.modelMissing)
            {
                return
            }
            heldAnswer = nil
            if status == 503 {
                noteDraining(body)
            } else if status == 403, Attribution.isMeant(body) {
                fail(Attribution.failure(agent: agent?.id ?? "-"))
                return
            }
            downstream?.sendHead(of: self)
            bytesOut &+= body.readableBytes
            downstream?.sendBody(body, body.readerIndex, body.writerIndex)
        }
        if let waiting {
            waiting.isEnded = true
            waiting.trailers = trailers
            return
        }
        downstream?.endAnswer(trailers: trailers)
        downstream?.flush()
        account()
    }

    /// Tells the balancer that the answer has begun, of which a tunnel and a stream may last for hours.
    @inline(__always)
    private func firstByteCame(isError: Bool) {
        if lease != nil { target?.pool.pool.answered(&lease!, loop.now, isError: isError) }
    }

    /// Nanoseconds for which an agent that has too much to do asks to be left alone.
    var askedPause: Int64? {
        switch status {
        case 429, 503, 529: answer.retryAfter(unixSeconds: loop.wallMilliseconds / 1000)
        default: nil
        }
    }

    /// Tells the balancer how the attempt ended and gives the place back, once.
    func recordOutcome(_ outcome: Outcome, retryAfter: Int64? = nil) {
        guard let lease, let target else { return }
        self.lease = nil
        let upstream = target.upstreams[agentIndex]
        var retryAfter = retryAfter
        if let backoff = plan?.limits?.backoff, retryAfter == nil {
            retryAfter = upstream.agent.state.pause(after: outcome, began: lease.started, now: loop.now) { backoff.delay($0) }
        }
        target.pool.pool.ended(lease, outcome, loop.now, retryAfter: retryAfter)
        placeFreed(target, lease.agent)
        if case .failure = outcome { loop.counters.add(to: .failures, agent: upstream.label) }
    }

    /// `X-ClawProxy-*` lines for operators, where `debugHeaders` is on.
    func debugFields() -> [UInt8] {
        guard let plan, plan.tellsDebug else { return [] }
        let text =
            "X-ClawProxy-Route: \(plan.name)\(decision?.text ?? "")\r\nX-ClawProxy-Agent: \(agent?.id ?? "-")\r\n"
            + "X-ClawProxy-Attempts: \(attempts)\r\n"
        return text.utf8.map { $0 == 0x0d || $0 == 0x0a || $0 >= 0x20 ? $0 : 0x20 }
    }

    /// The answer's field lines as those get them who share it, or for whom it is kept: framing, and what concerns one
    /// connection, left out.
    func sharedFields(isKept: Bool) -> [UInt8] {
        guard let plan else { return [] }
        if isKept { return plan.edited(HeadFields.stored(answer, date: loop.dateField)) + (models?.field ?? []) }
        var dropping = plan.responseEdits.dropping
        dropping.ids |= Dropping.bits(.contentLength, .age)
        let room = answer.lines.count + loop.dateField.count
        var fields = [UInt8](unsafeUninitializedCapacity: room) { memory, count in
            guard let start = memory.baseAddress else { return }
            var sink = HeadSink(start)
            answer.lines.copyFields(into: &sink, dropping: dropping, namesFields: answer.namesFields)
            if !answer.hasDate { sink.put(loop.dateField) }
            count = sink.at - UnsafeMutableRawPointer(start)
        }
        fields += plan.responseEdits.bytes
        if let models { fields += models.field }
        return fields
    }

    // MARK: tunnels

    func openTunnel() {
        guard isUpgrade, let stream, let downstream else {
            recordOutcome(.failure(.badAnswer))
            fail(
                Failure(
                    .badAnswer, "the agent changed protocols although nobody asked",
                    hint: "look at the agent: it answered 101 to a plain request"))
            return
        }
        phase = .tunnel
        status = 101
        firstByteCame(isError: false)
        loop.counters.add(1, to: .activeTunnels)
        loop.counters.add(1, to: .tunnelsOpened)
        downstream.sendHead(of: self)
        downstream.becomeTunnel(self, to: stream)
    }

    /// Both directions have ended, or one broke.
    func tunnelEnded() {
        guard phase == .tunnel else { return }
        loop.counters.add(-1, to: .activeTunnels)
        recordOutcome(.success)
        stream = nil
        account()
    }
}
