internal import Balancer
internal import NIOCore
internal import Telemetry
internal import Wire

/// A second attempt beside the first: begun after the pool's usual time to first byte, settled by the first answer.
extension Exchange {
    /// The agent has the whole request now: where the pool hedges, a look is taken later.
    @inline(__always)
    func armHedge() {
        if let target, target.pool.pool.hedge.isEnabled { armHedge(target) }
    }

    private func armHedge(_ target: LoopTarget) {
        let policy = target.pool.pool.hedge
        // what belongs to a session is with one agent alone
        let isBound = binding.map { $0.session != 0 || $0.cookieAgent != 0 || $0.isBoundHere } ?? false
        guard phase == .waiting, hedge == nil, attempts == 1, !isBound, target.pool.pool.agents.count > 1,
            policy.mayHedge(retryRequest, isWhole: isWhole), let delay = policy.delay(&target.firstBytes)
        else { return }
        let (serial, turn) = (serial, turn)
        let held = NIOLoopBound(self, eventLoop: loop.eventLoop)
        loop.eventLoop.scheduleTask(in: .nanoseconds(delay)) {
            let exchange = held.value
            exchange.loop.touch()
            if exchange.serial == serial, exchange.turn == turn { exchange.sendHedge() }
        }
    }

    private func sendHedge() {
        guard phase == .waiting, hedge == nil, !answer.lines.isPartial, let target, client != nil, let lease,
            mayPick(target)
        else { return }
        let pool = target.pool.pool
        var ask = Ask(key: addressKey, now: loop.now, tried: Tried([lease.agent]))
        ask.allowsPanic = false
        target.requests.settle(pool.retryBudget, loop.now)
        guard case .agent(let second) = target.pool.pick(ask) else { return }
        guard second.agent != lease.agent, pool.retryBudget.takeHedge(ratio: pool.hedge.ratio) else {
            pool.ended(second, .cancelled, loop.now)
            placeFreed(target, second.agent)
            return
        }
        attempts += 1
        let hedge = Hedge(target, second)
        self.hedge = hedge
        let upstream = target.upstreams[second.agent]
        loop.counters.add(to: .requests, agent: upstream.label)
        if let http2 = upstream.http2 {
            if let stream = http2.take(careful: true) {
                loop.counters.add(to: .connectionsReused, agent: upstream.label)
                race(stream, hedge)
            } else {
                upstream.open(for: self, hedge)
            }
        } else if let kept = upstream.takeIdle(careful: true) {
            loop.counters.add(to: .connectionsReused, agent: upstream.label)
            race(kept, hedge)
        } else {
            upstream.open(for: self, hedge)
        }
    }

    /// The hedge has its connection: the request goes out a second time.
    func race(_ connection: some AgentStream, _ hedge: Hedge) {
        hedge.connection = connection
        connection.begin(self, hedge)
        connection.sendHead(of: self)
        if let body = held, body.readableBytes > 0 { connection.sendBody(body, body.readerIndex, body.writerIndex) }
        guard self.hedge === hedge else { return }
        connection.endRequest(trailers: heldTrailers)
        connection.flush()
    }

    /// A whole head has come over `connection` while two attempts were out. True: it is the exchange's answer.
    func settle(_ hedge: Hedge, _ connection: any AgentStream) -> Bool {
        let isHedge = hedge.connection === connection
        let head = isHedge ? hedge.answer : answer
        if target?.pool.pool.retry.mayRepeat(status: head.status) == true {
            // an answer that another agent is to better; the other attempt is that already
            if isHedge {
                connection.cancel()
                hedgeFailed(hedge, Outcome.of(status: head.status))
            } else {
                status = head.status
                _ = moveOn(.status(head.status), Outcome.of(status: head.status))
            }
            return false
        }
        if isHedge {
            stream?.cancel()
            stream = nil
            // what it has taken so far counts as its time, or the quantile would only ever see quick answers
            noteFirstByte()
            recordOutcome(.cancelled)
            hedge.target.pool.pool.retryBudget.hedgeWon()
            takeOver(hedge)
        } else {
            dropHedge()
        }
        return true
    }

    /// The first attempt is over, its lease given back: the hedge is what is left.
    func promote(_ hedge: Hedge) {
        tried.add(agentIndex)
        if hedge.connection != nil {
            takeOver(hedge)
        } else {
            hedge.isAlone = true
            target = hedge.target
            agentIndex = hedge.lease.agent
            lease = hedge.lease
            answer.reset()
            stream = nil
            phase = .connecting
        }
    }

    private func takeOver(_ hedge: Hedge) {
        self.hedge = nil
        target = hedge.target
        agentIndex = hedge.lease.agent
        lease = hedge.lease
        swap(&answer, &hedge.answer)
        stream = hedge.connection
        hedge.connection?.becomeFirst()
        heedRoom()
    }

    /// The hedge came to nothing; the first attempt goes on. Its connection is closed by then.
    func hedgeFailed(_ hedge: Hedge, _ outcome: Outcome) {
        self.hedge = nil
        tried.add(hedge.lease.agent)
        end(hedge, outcome)
    }

    /// Nobody waits for the hedge any more.
    func dropHedge() {
        guard let hedge else { return }
        self.hedge = nil
        hedge.connection?.cancel()
        // one that is alone has its lease with the exchange
        if !hedge.isAlone { end(hedge, .cancelled) }
    }

    private func end(_ hedge: Hedge, _ outcome: Outcome) {
        hedge.connection = nil
        hedge.target.pool.pool.ended(hedge.lease, outcome, loop.now)
        placeFreed(hedge.target, hedge.lease.agent)
        if case .failure = outcome {
            loop.counters.add(to: .failures, agent: hedge.target.upstreams[hedge.lease.agent].label)
        }
    }

    /// How long the agent took, or has taken so far, for hedges to come.
    @inline(__always)
    func noteFirstByte() {
        guard let target, target.pool.pool.hedge.isEnabled, let lease else { return }
        target.firstBytes.add(loop.now &- lease.asked)
    }
}
