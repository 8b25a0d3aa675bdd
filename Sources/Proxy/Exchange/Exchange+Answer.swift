internal import Access
internal import Balancer
internal import NIOCore
internal import Routing
internal import Telemetry
internal import Wire

/// From the agent's first byte to the last: answers, failures of attempts and what follows from them, tunnels.
extension Exchange {
    // MARK: the answer

    /// An interim answer passes on, but to a client of HTTP/1.0, which knows none (RFC 9110 15.2).
    func interimAnswer() {
        if !head.isOld { downstream?.sendInterim(answer) }
        answer.reset()
    }

    /// The agent's head is there.
    func answerHead() {
        if answer.isUpgrade {
            openTunnel()
            return
        }
        phase = .answering
        status = answer.status
        if status == 403, case .length(let bytes) = answer.framing, bytes <= Attribution.longest {
            heldAnswer = loop.eventLoop.newBuffer(capacity: bytes)
            return
        }
        downstream?.sendHead(of: self)
    }

    func answerBody(_ buffer: ByteBuffer, _ start: Int, _ end: Int) {
        if heldAnswer != nil {
            var slice = buffer.getSlice(at: start, length: end &- start)!
            heldAnswer!.writeBuffer(&slice)
            return
        }
        bytesOut &+= end &- start
        downstream?.sendBody(buffer, start, end)
    }

    /// The answer is complete; `stream` has been given back or closed by its connection.
    func answerEnded(trailers: HeadLines?) {
        stream = nil
        recordOutcome(Outcome.of(status: status))
        if let body = heldAnswer {
            heldAnswer = nil
            if Attribution.isMeant(body) {
                fail(Attribution.failure(agent: agent?.id ?? "-"))
                return
            }
            downstream?.sendHead(of: self)
            bytesOut &+= body.readableBytes
            downstream?.sendBody(body, body.readerIndex, body.writerIndex)
        }
        downstream?.endAnswer(trailers: trailers)
        downstream?.flush()
        account()
    }

    /// The connection to the agent broke, or what came over it is not HTTP.
    ///
    /// - Parameters:
    ///   - untouched: no byte of an answer has come.
    ///   - kept: the connection had served others before.
    func upstreamFailed(_ failure: Failure, _ kind: FailureKind, untouched: Bool, kept: Bool = false) {
        stream = nil
        guard !isEnded else { return }
        if phase == .tunnel {
            tunnelEnded()
            return
        }
        if kept, untouched, !wasStale, kind == .reset, isRepeatable, let upstream = target?.upstreams[agentIndex] {
            // the agent closed it while the request was on its way: nobody's fault, and no attempt; the lease stays
            wasStale = true
            phase = .connecting
            upstream.open(for: self)
            return
        }
        recordOutcome(.failure(kind))
        if phase == .answering, heldAnswer == nil {
            self.failure = failure.kind
            loop.counters.failed(kind: failure.kind.index)
            downstream?.abort()
            account()
            return
        }
        heldAnswer = nil
        if untouched, mayRetry(kind) { retry(after: failure) } else { fail(failure) }
    }

    /// Connecting failed: nothing was sent, so another agent may be asked whatever the method.
    func connectFailed(_ failure: Failure) {
        guard !isEnded else { return }
        recordOutcome(.failure(.connect))
        if attempts < Self.mostAttempts { retry(after: failure) } else { fail(failure) }
    }

    /// A connection failure is retried on one further agent, a broken exchange once if its repetition is safe.
    static let mostAttempts = 2

    func mayRetry(_ kind: FailureKind) -> Bool {
        attempts < Self.mostAttempts && kind == .reset && isRepeatable
    }

    var isRepeatable: Bool { head.method.isIdempotent && !sentBody && !isUpgrade }

    /// Another agent, never the same; where there is none, what went wrong first is the answer.
    func retry(after failure: Failure) {
        guard let plan else { return }
        answer.reset()
        status = 0
        tried.add(agentIndex)
        phase = .gathering
        firstFailure = failure
        balance(plan)
    }

    /// Tells the balancer how the attempt ended and gives the place back, once.
    func recordOutcome(_ outcome: Outcome) {
        guard isLeased, let target else { return }
        isLeased = false
        let upstream = target.upstreams[agentIndex]
        target.pool.pool.record(outcome, agent: agentIndex, now: loop.now)
        target.pool.pool.agents[agentIndex].state.release()
        if case .failure = outcome { loop.counters.add(to: .failures, agent: upstream.label) }
    }

    /// `X-ClawProxy-*` lines for operators, where `debugHeaders` is on.
    func debugFields() -> [UInt8] {
        guard let plan, plan.tellsDebug else { return [] }
        let text =
            "X-ClawProxy-Route: \(plan.name)\r\nX-ClawProxy-Agent: \(agent?.id ?? "-")\r\n"
            + "X-ClawProxy-Attempts: \(attempts)\r\n"
        return text.utf8.map { $0 == 0x0d || $0 == 0x0a || $0 >= 0x20 ? $0 : 0x20 }
    }

    // MARK: tunnels

    func openTunnel() {
        guard isUpgrade, let stream, let downstream else {
            stream?.cancel()
            upstreamFailed(
                Failure(
                    .badAnswer, "the agent changed protocols although nobody asked",
                    hint: "look at the agent: it answered 101 to a plain request"),
                .badAnswer, untouched: false)
            return
        }
        phase = .tunnel
        status = 101
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
