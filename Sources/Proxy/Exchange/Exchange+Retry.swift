internal import Balancer
internal import NIOCore
internal import Routing
internal import Telemetry
internal import Wire

/// Attempts: how the request goes to an agent, and what follows when that comes to nothing.
extension Exchange {
    // MARK: one attempt

    /// To the agent of the lease: over a connection that was kept, or a new one.
    func connect(_ upstream: Upstream) {
        loop.counters.add(to: .requests, agent: upstream.label)
        if repeats &+ freeRepeats > 0 { loop.counters.add(to: .retries, agent: upstream.label) }
        turn &+= 1
        let careful = !head.method.isIdempotent
        if let http2 = upstream.http2 { return connect(http2, upstream, careful: careful) }
        if let kept = upstream.takeIdle(careful: careful) {
            loop.counters.add(to: .connectionsReused, agent: upstream.label)
            attach(kept, isKept: true)
        } else {
            open(upstream)
        }
    }

    /// To an agent that is reached over HTTP/2: a stream of a connection that others use too.
    private func connect(_ http2: HTTP2Agent, _ upstream: Upstream, careful: Bool) {
        if isUpgrade { return fail(Failure.noUpgrade(upstream.agent.id)) }
        guard let stream = http2.take(careful: careful) else { return open(upstream) }
        loop.counters.add(to: .connectionsReused, agent: upstream.label)
        attach(stream, isKept: true)
    }

    private func open(_ upstream: Upstream) {
        phase = .connecting
        downstream?.wantRequestBody(false)
        upstream.open(for: self)
    }

    /// Whether a connection that was being made is still what the exchange waits for.
    func expects(_ serial: UInt64, _ turn: UInt32, _ hedge: Hedge?) -> Bool {
        guard self.serial == serial else { return false }
        if let hedge { return self.hedge === hedge && hedge.connection == nil }
        return phase == .connecting && self.turn == turn
    }

    /// A connection that `expects` waited for.
    func opened(_ connection: some AgentStream, _ hedge: Hedge?) {
        guard let hedge else { return attach(connection, isKept: false) }
        if hedge.isAlone {
            self.hedge = nil
            attach(connection, isKept: false)
        } else {
            race(connection, hedge)
        }
    }

    /// A connection to the chosen agent is there: the request goes out.
    private func attach<Stream: AgentStream>(_ connection: Stream, isKept: Bool) {
        phase = .waiting
        stream = connection
        if head.framing != .none { keepsBody = mayKeepBody(isKept, mayBeRefused: Stream.mayBeRefused) }
        connection.begin(self, nil)
        heedRoom()
        connection.sendHead(of: self)
        if let body = held {
            if !keepsBody { releaseBody() }
            if body.readableBytes > 0 {
                sentBody = true
                connection.sendBody(body, body.readerIndex, body.writerIndex)
            }
        }
        // a write that fails may have led to another attempt by now
        guard stream === connection else { return }
        if requestEnded {
            connection.endRequest(trailers: heldTrailers)
        } else if lease != nil {
            // a client that is slow must not make its agent look slow
            target?.pool.pool.heldUp(&lease!)
        }
        connection.flush()
        guard stream === connection else { return }
        downstream?.wantRequestBody(connection.takesBody)
        if requestEnded { armHedge() }
    }

    // MARK: what is sent, and may be sent again

    /// What the agent is to this exchange: as the rule says, else the agent, else its pool.
    private var kind: AgentKind {
        if let kind = plan?.kind { return kind }
        guard let target, agentIndex >= 0 else { return .openclaw }
        return target.pool.pool.kind(of: agentIndex)
    }

    /// Whether the request can be sent again when an agent of the pool has had some of it.
    func isRepeatable(in pool: LoopTarget) -> Bool {
        if isUpgrade { return false }
        if head.method.isIdempotent { return true }
        let all = pool.pool.pool
        return (plan?.kind ?? (all.agents.isEmpty ? .openclaw : all.kind(of: 0))) == .llm || hasKey
    }

    private var hasKey: Bool { head.first(.idempotencyKey) != nil }

    var retryRequest: RetryRequest {
        let isIdempotent = head.method.isIdempotent
        return RetryRequest(
            isIdempotent: isIdempotent, hasKey: !isIdempotent && hasKey, kind: kind, isUpgrade: isUpgrade)
    }

    /// All that was sent is here to be sent again.
    var isWhole: Bool { !sentBody || keepsBody }

    /// How much of a body is kept for another try, in bytes: for another model, whatever was read to choose one.
    var replayBytes: Int {
        let own = target?.pool.pool.retry.replayBytes ?? 0
        return models?.chain == nil ? own : max(own, loop.runtime.readBytes)
    }

    /// The body is kept where it may be wanted: for another agent, or for this one if a kept connection is stale.
    private func mayKeepBody(_ isKept: Bool, mayBeRefused: Bool) -> Bool {
        guard let target, let plan, !sentBody || keepsBody, mayBeRefused || retryRequest.isRepeatable else { return false }
        let pool = target.pool.pool
        let hasOthers = pool.agents.count > 1 || plan.hasFallbacks || models?.chain != nil
        return (isKept || hasOthers || mayBeRefused) && (held?.readableBytes ?? 0) <= replayBytes
    }

    // MARK: when it comes to nothing

    /// The connection to the agent broke, or what came over it is not HTTP.
    ///
    /// - Parameters:
    ///   - untouched: no byte of an answer has come.
    ///   - kept: the connection had served others before.
    ///   - isRefused: the agent says that it has not looked at the request.
    func upstreamFailed(
        _ failure: Failure, _ kind: FailureKind, untouched: Bool, kept: Bool = false, isRefused: Bool = false,
        of connection: any AgentStream
    ) {
        if let hedge, hedge.connection === connection {
            hedgeFailed(hedge, .failure(kind))
            return
        }
        stream = nil
        guard !isEnded else { return }
        if phase == .tunnel {
            tunnelEnded()
            return
        }
        if let watch, watch.isHolding {
            endWatch()
            // nobody has had any of it
            phase = .waiting
            attemptFailed(.stream, .failure(kind), failure, isAnswerBegun: false)
            return
        }
        if phase == .answering, heldAnswer == nil {
            recordOutcome(.failure(kind))
            if waiting == nil {
                breakOff(failure)
            } else {
                // the client has had nothing of it, and what it asked for may have been done
                waiting = nil
                fail(failure)
            }
            return
        }
        heldAnswer = nil
        let cause: RetryCause? =
            switch kind {
            case .badAnswer: .badAnswer
            // the exchange's own limit for a first byte: whoever is asked now would come too late
            case .timeout: nil
            default: isRefused ? .refused : kept && freeRepeats == 0 ? .stale : .reset
            }
        attemptFailed(cause, .failure(kind), failure, isAnswerBegun: !untouched)
    }

    /// No connection came about: nothing was sent, so another agent may be asked whatever the method.
    func connectFailed(_ failure: Failure, _ hedge: Hedge?) {
        guard !isEnded else { return }
        if let hedge, !hedge.isAlone {
            hedgeFailed(hedge, .failure(.connect))
            return
        }
        self.hedge = nil
        if failure.kind == .overloaded {
            // nobody else can be reached either, and the agent has done nothing
            recordOutcome(.cancelled)
            fail(failure)
            return
        }
        attemptFailed(.connect, .failure(.connect), failure, isAnswerBegun: false)
    }

    /// Nothing came within `retry.perTry`. True: another agent has the request now.
    func perTryPassed(_ connection: any AgentStream) -> Bool {
        guard !isEnded, phase == .waiting, stream === connection, !answer.lines.isPartial else { return false }
        return moveOn(.timeout, .failure(.timeout))
    }

    /// An answer that is not passed on, because another agent may have a better one. True: it has the request now.
    func repeatsInstead(as status: Int) -> Bool {
        guard let target, !isUpgrade, target.pool.pool.retry.mayRepeat(status: status) else { return false }
        return moveOn(.status(status), Outcome.of(status: status))
    }

    /// Gives up an attempt that still goes on, if another agent may have the request and there is one.
    func moveOn(_ cause: RetryCause, _ outcome: Outcome) -> Bool {
        if let hedge {
            leaveAgent(outcome)
            promote(hedge)
            return true
        }
        guard case .yes(let delay, let isFree) = verdict(cause, isAnswerBegun: false),
            let other = otherAgent(isFree: isFree)
        else { return false }
        leaveAgent(outcome)
        go(to: other, after: delay, isFree: isFree)
        return true
    }

    func leaveAgent(_ outcome: Outcome) {
        stream?.dismiss()
        stream = nil
        recordOutcome(outcome, retryAfter: askedPause)
    }

    /// What follows on an attempt that is over: another one where that is allowed, else the failure.
    private func attemptFailed(_ cause: RetryCause?, _ outcome: Outcome, _ failure: Failure, isAnswerBegun: Bool) {
        if let hedge {
            recordOutcome(outcome)
            promote(hedge)
            return
        }
        switch cause.map({ verdict($0, isAnswerBegun: isAnswerBegun) }) {
        case .sameAgent:
            // the agent closed it while the request was on its way: nobody's fault, and no attempt; the lease stays
            guard let upstream = target?.upstreams[agentIndex] else { return fail(failure) }
            freeRepeats += 1
            answer.reset()
            turn &+= 1
            open(upstream)
        case .yes(let delay, let isFree):
            let other = otherAgent(isFree: isFree)
            recordOutcome(outcome)
            if let other { go(to: other, after: delay, isFree: isFree) } else { fail(failure) }
        case .no, nil:
            recordOutcome(outcome)
            fail(failure)
        }
    }

    /// Whether a failure that may yet come would lead to another attempt.
    func mayRepeat(_ cause: RetryCause) -> Bool {
        guard let target, let plan, target.pool.pool.agents.count > 1 || plan.hasFallbacks else { return false }
        if case .yes = verdict(cause, isAnswerBegun: false) { return true }
        return false
    }

    private func verdict(_ cause: RetryCause, isAnswerBegun: Bool) -> RetryVerdict {
        guard let target else { return .no(.unsafe) }
        let sent: FailedAttempt.Sent = cause == .connect ? .nothing : sentBody ? .body : .head
        let failed = FailedAttempt(
            cause, retryRequest, sent: sent, isWhole: isWhole, isAnswerBegun: isAnswerBegun, repeats: repeats,
            freeRepeats: freeRepeats)
        return target.pool.pool.retry.verdict(failed, random: loop.random.next())
    }

    // MARK: another agent

    /// Takes a place with an agent that has not had the exchange, of the pool or of the rule's fallbacks; nil where
    /// there is none, or the budget has no room.
    private func otherAgent(isFree: Bool) -> (LoopTarget, Lease)? {
        guard let plan, client != nil, let first = target else { return nil }
        let now = loop.now
        let budget = first.pool.pool.retryBudget
        first.requests.settle(budget, now)
        if !isFree, !budget.hasRoom(first.pool.pool.retry, now) {
            budget.refused()
            return nil
        }
        tried.add(agentIndex)
        if plan.hasFallbacks, let agent { asked.append(agent) }
        var candidate: LoopTarget? = first
        var seen = tried
        while let pool = candidate {
            let next = plan.next(after: pool)
            var ask = Ask(key: addressKey, now: now, tried: seen, isRepeatable: isRepeatable(in: pool))
            if pool.countsTokens { ask.tokens = estimatedTokens }
            ask.allowsPanic = next == nil && models?.hasNext != true
            if let binding, !rebind(&ask, pool, binding) { return nil }
            // it had a place: who waits for one has lost nothing by it
            if case .agent(let lease) = pool.pool.pick(ask) {
                if pool !== first { tried = seen }
                // a session that begins with this exchange begins where it is answered
                if let binding, binding.isBoundHere {
                    binding.isNew = false
                    bound(ask, lease, pool)
                }
                if !isFree { budget.retried(now) }
                return (pool, lease)
            }
            candidate = next
            // the same agents may stand elsewhere in another pool
            seen = Tried(asked.compactMap { agent in candidate?.pool.pool.agents.firstIndex { $0 === agent } })
        }
        return nil
    }

    /// Another agent for what is bound to one. False: its session is with that one alone.
    private func rebind(_ ask: inout Ask, _ pool: LoopTarget, _ binding: Binding) -> Bool {
        if binding.key != 0 { ask.key = binding.key }
        guard binding.session != 0 || binding.cookieAgent != 0 else { return true }
        if binding.session != 0 {
            ask.key = binding.session
            ask.isBound = true
        }
        return pool.affinity?.rejects != true
    }

    /// The attempt before is over. After `delay` nanoseconds this one begins.
    private func go(to other: (LoopTarget, Lease), after delay: Int64, isFree: Bool) {
        (target, lease) = other
        agentIndex = other.1.agent
        if isFree { freeRepeats += 1 } else { repeats += 1 }
        attempts += 1
        answer.reset()
        status = 0
        stream = nil
        phase = .connecting
        turn &+= 1
        let upstream = other.0.upstreams[agentIndex]
        guard delay > 0 else { return connect(upstream) }
        downstream?.wantRequestBody(false)
        let (serial, turn) = (serial, turn)
        let held = NIOLoopBound((self, upstream), eventLoop: loop.eventLoop)
        loop.eventLoop.scheduleTask(in: .nanoseconds(delay)) {
            let (exchange, upstream) = held.value
            exchange.loop.touch()
            if exchange.expects(serial, turn, nil) { exchange.connect(upstream) }
        }
    }
}
