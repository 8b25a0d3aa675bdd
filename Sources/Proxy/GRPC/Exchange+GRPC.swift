internal import Balancer
internal import Telemetry
internal import Wire

/// Calls of gRPC: what they ask beyond HTTP, and how they are told of failures.
extension Exchange {
    /// Request and answer go on at once, so that the pace of the body says nothing of its client: the answer has begun, and
    /// its agent is responsible for silence; or it is a call, and its client has spoken within `timeouts.streamGap`, or, where
    /// it has a deadline, which may be years away, within `timeouts.tunnelIdle`.
    func mayPause(_ answerStarted: Bool, since moment: Int64) -> Bool {
        if answerStarted { return true }
        guard let grpc, let plan else { return false }
        let most = grpc.until < .max ? max(plan.streamGap, plan.tunnelIdle) : plan.streamGap
        return loop.now &- moment < most
    }

    /// The body does not come.
    var slowBody: Failure { grpc == nil ? .slowBody : .silentCall }

    /// The head is parsed, and is a POST.
    func beginCall() {
        guard head.first(.contentType)?.isGRPC == true else { return }
        let call = GRPCCall(self)
        grpc = call
        if call.until < .max { loop.wheel.set(call, call.until) }
    }

    /// The agent's head is there. True: it does not go to the client.
    func judgeCall(_ call: GRPCCall) -> Bool {
        call.status = nil
        call.hear(answer.lines)
        if let told = call.status {
            // an agent that says at once that it cannot: as with a 503
            if told.meantStatus >= 400, repeatsInstead(as: told.meantStatus) { return true }
            return false
        }
        let speaks = status == 200 && answer.contentTypeField >= 0
            && answer.lines.value(answer.lines.fields[answer.contentTypeField]).isGRPC
        if speaks { return false }
        // an answer of plain HTTP, such as a gateway's in between
        var failure = Failure(
            .badAnswer, "the agent '\(agent?.id ?? "-")' answered \(status), and not with gRPC",
            hint: "look at the agent, or at what stands before it")
        failure.answered = status
        let outcome = status >= 400 ? Outcome.of(status: status) : .failure(.badAnswer)
        leaveAgent(outcome)
        fail(failure)
        return true
    }

    func grpcDeadlinePassed() {
        guard !isEnded else { return }
        let failure = Failure(
            .deadlineExceeded, "the call did not end within its grpc-timeout", hint: "give it more time")
        guard phase == .answering, heldAnswer == nil, waiting == nil, watch?.isHolding != true else {
            models = nil
            waiting = nil
            if phase == .waiting, waitingSince > 0, let plan, loop.now &- waitingSince >= plan.firstByte {
                // so long a silence is the agent's fault whatever its client asked for
                stream?.cancel()
                stream = nil
                recordOutcome(.failure(.timeout))
            }
            return fail(failure)
        }
        stream?.cancel()
        stream = nil
        recordOutcome(.cancelled)
        breakOff(failure)
    }

    /// The answer has begun and cannot be completed: said in trailers where there may be some, else by cutting it short.
    func breakOff(_ failure: Failure) {
        self.failure = failure.kind
        loop.counters.failed(kind: failure.kind.index)
        if let grpc, tellsInTrailers {
            grpc.status = failure.grpcStatus
            let lines = Trailers.read(GRPCText.lines(failure.grpcStatus, failure.message), limits: WireLimits())
            downstream?.endAnswer(trailers: lines)
            downstream?.flush()
        } else {
            downstream?.abort()
        }
        account()
    }

    private var tellsInTrailers: Bool {
        guard head.takesTrailers, !head.isOld else { return false }
        if case .length = answer.framing { return false }
        return true
    }

    /// A failure before the head: a head that is trailers too, without a body (over HTTP/2 one HEADERS with END_STREAM).
    func callReply(_ failure: Failure, _ reply: Reply) -> Reply {
        grpc?.status = failure.grpcStatus
        var told = reply
        told.status = 200
        told.contentType = "application/grpc"
        told.body = []
        told.fields += GRPCText.lines(failure.grpcStatus, failure.message)
        return told
    }

    /// Counts how the call ended.
    func endCall(_ call: GRPCCall) {
        loop.wheel.retire(call)
        let status = call.status ?? (failure == .clientGone || self.status == 499 ? .cancelled : .unknown)
        call.status = status
        loop.counters.callEnded(status: status.rawValue)
    }
}
