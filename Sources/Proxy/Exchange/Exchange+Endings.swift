internal import Access
internal import Balancer
internal import NIOCore
internal import Routing
internal import Telemetry
internal import Wire

/// How exchanges end, and what is told of them then: once.
extension Exchange {
    /// The rest of the request cannot be read.
    func requestBroke(_ failure: Failure) {
        guard !isEnded else { return }
        stream?.cancel()
        stream = nil
        fail(failure)
    }

    // MARK: endings

    /// The client is gone: whatever phase this is in, the agent is told at once.
    func clientGone() {
        guard !isEnded else { return }
        if phase == .tunnel {
            tunnelEnded()
            return
        }
        stream?.cancel()
        stream = nil
        recordOutcome(.cancelled)
        // an answer that we cut short ourselves keeps its reason, and is not what its client has left
        if failure == nil { charge?.isDeserted = true }
        if failure == nil, !isInside {
            // one that leaves within its request has not asked for anything yet
            let kind: Failure.Kind = requestEnded ? .clientGone : .requestCutShort
            failure = kind
            loop.counters.failed(kind: kind.index)
            status = 499
        }
        account()
    }

    /// Answers locally.
    func reply(_ reply: Reply) {
        guard !isEnded else { return }
        status = reply.status
        bytesOut = reply.body.count
        downstream?.sendReply(reply, for: self)
        account()
    }

    func fail(_ failure: Failure) {
        guard !isEnded else { return }
        if models != nil, goesOn(after: failure) { return }
        self.failure = failure.kind
        if plan == nil, !isInside, let edge = loop.runtime.edge { addUnmatchedLines(edge) }
        loop.counters.failed(kind: failure.kind.index)
        stream?.cancel()
        stream = nil
        recordOutcome(.cancelled)
        var reply = failure.reply(requestID: requestIDBytes, agent: agent?.id)
        if let challenge = failure.challenge { reply.add("WWW-Authenticate", challenge) }
        if failure.status == 405 { reply.add("Allow", "GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH") }
        if grpc != nil { reply = callReply(failure, reply) }
        reply.closes = failure.closesConnection
        status = failure.status
        bytesOut = reply.body.count
        downstream?.sendReply(reply, for: self)
        account()
    }

    func failUnavailable(_ plan: Plan, _ refusal: Refusal) {
        fail(firstFailure ?? Failure.unavailable(plan, refusal))
    }

    /// Counts and logs, once, and gives the exchange back.
    func account() {
        guard !isEnded else { return }
        phase = .ending
        if hedge != nil { dropHedge() }
        leaveQueue()
        releaseBody()
        if watch != nil { endWatch() }
        if charge != nil { settleCharge() }
        if let grpc { endCall(grpc) }
        if isInside {
            downstream?.exchangeEnded()
            return
        }
        let elapsed = loop.now - started
        let route = plan?.label ?? CounterLabels.unmatched
        loop.counters.requestEnded(route: route, status: status, nanoseconds: elapsed)
        loop.counters.add(-1, to: .activeExchanges)
        share?.open &-= 1
        share = nil
        loop.counters.add(bytesIn, to: .bytesIn)
        loop.counters.add(bytesOut, to: .bytesOut)
        loop.process.exchangeEnded()
        if loop.process.logsAccess, plan?.local == nil { logAccess(elapsed, route) }
        downstream?.exchangeEnded()
    }

    func logAccess(_ elapsed: Int64, _ route: Int) {
        addressText.withUnsafeBytes { address in
            var facts = AccessFacts(unixMilliseconds: loop.wallMilliseconds)
            facts.client = address
            facts.method = head.methodBytes
            facts.path = head.path
            facts.requestID = requestIDBytes
            facts.protocolName = client?.speaksHTTP2 == true ? "HTTP/2" : head.isOld ? "HTTP/1.0" : "HTTP/1.1"
            if let tls = client?.tls { facts.tls = tls.version == "TLSv1.2" ? "TLSv1.2" : "TLSv1.3" }
            facts.status = status
            facts.bytesIn = bytesIn
            facts.bytesOut = bytesOut
            facts.nanoseconds = elapsed
            facts.attempts = attempts
            facts.route = route
            facts.agent = agentIndex >= 0 ? target?.upstreams[agentIndex].label ?? -1 : -1
            facts.cache = cacheOutcome
            facts.grpcStatus = grpc?.status?.rawValue ?? -1
            facts.error = failure?.index ?? -1
            guard let credential else { return loop.logAccess(facts) }
            var (tenant, name) = (credential.tenant, credential.name)
            tenant.withUTF8 { tenant in
                facts.tenant = UnsafeRawBufferPointer(tenant)
                name.withUTF8 { name in
                    facts.credential = UnsafeRawBufferPointer(name)
                    loop.logAccess(facts)
                }
            }
        }
    }
}
