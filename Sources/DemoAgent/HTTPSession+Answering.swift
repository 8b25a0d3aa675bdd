import NIOCore
import NIOHTTP1

/// From a whole request to the last byte of its answer.
extension HTTPSession {
    /// Pieces written before other connections of the loop get their turn.
    private static let piecesPerTurn = 16

    func answer(_ request: Request, _ context: ChannelHandlerContext) {
        phase = .waiting
        let answer = Routes.answer(request, agent)
        guard case .message(let message) = answer, !message.isExempt else {
            return perform(answer, request, at: .now(), context)
        }
        let loop = context.eventLoop
        let bound = NIOLoopBound((self, answer, request, context), eventLoop: loop)
        let (ticket, isFree) = agent.slots.enter {
            loop.execute {
                let (session, answer, request, context) = bound.value
                session.work(on: answer, request, context)
            }
        }
        self.ticket = ticket
        if isFree { work(on: answer, request, context) }
    }

    /// There is a slot: the latency and the work run.
    private func work(on answer: Answer, _ request: Request, _ context: ChannelHandlerContext) {
        guard case .waiting = phase, case .message(let message) = answer else { return }
        let behaviour = agent.behaviour
        let end = behaviour.work.end(from: .now(), agent.draws.normal())
        let wait = behaviour.wait(.random(in: -1...1)).amount + message.wait.amount
        perform(answer, request, at: end + wait, context)
    }

    private func perform(_ answer: Answer, _ request: Request, at due: NIODeadline, _ context: ChannelHandlerContext) {
        guard due > .now() || isFinishing else { return perform(answer, request, context) }
        // Within the write of the last answer's end (pipelined requests) a turn of the loop keeps the stack flat.
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: due) {
            self.timer = nil
            self.perform(answer, request, context)
        }
    }

    private func perform(_ answer: Answer, _ request: Request, _ context: ChannelHandlerContext) {
        guard case .waiting = phase else { return }
        switch answer {
        case .drop:
            agent.tally.active.count(-1)
            phase = .over
            context.close(promise: nil)
        case .message(let message):
            send(orError(message), to: request, context)
        }
    }

    private func orError(_ message: Message) -> Message {
        let behaviour = agent.behaviour
        guard !message.isExempt, behaviour.errorRate > 0, Double.random(in: 0..<1) < behaviour.errorRate else {
            return message
        }
        agent.tally.injectedErrors.count()
        let status = HTTPResponseStatus(statusCode: behaviour.errorStatus, reasonPhrase: "Status")
        return .problem(status, "injected_error", "this agent answers some requests with an error, as it was told to")
    }

    /// Sends the head and begins with the body. Without a request (it could not be read) the connection ends after it.
    func send(_ message: Message, to request: Request?, _ context: ChannelHandlerContext) {
        let hasBody = request?.head.method != .HEAD && message.status.mayHaveResponseBody
        var keepsAlive = request?.keepsAlive ?? false
        let headers = headers(of: message, to: request, hasBody: hasBody, &keepsAlive)
        let head = HTTPResponseHead(version: .http1_1, status: message.status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        body = hasBody ? message.body : nil
        phase = .answering(keepsAlive: keepsAlive)
        if hasBody { pump(context) } else { finish(context) }
    }

    private func headers(
        of message: Message, to request: Request?, hasBody: Bool, _ keepsAlive: inout Bool
    ) -> HTTPHeaders {
        var headers = HTTPHeaders(message.headers)
        headers.add(name: "X-Agent", value: agent.id)
        if let form = agent.behaviour.reportLoad {
            headers.add(name: "endpoint-load-metrics", value: LoadFigures(agent).header(form))
        }
        switch message.framing {
        case .length(let count):
            if message.status.mayHaveResponseBody { headers.add(name: "Content-Length", value: "\(count)") }
        // The encoder would end even a body that is not there with a last chunk.
        case .chunked where !hasBody, .malformed where !hasBody:
            break
        case .chunked where request?.head.version.minor != 0:
            headers.add(name: "Transfer-Encoding", value: "chunked")
        case .chunked, .untilClose:
            keepsAlive = false
        case .malformed:
            headers.add(name: "Transfer-Encoding", value: "chunked")
            keepsAlive = false
        }
        if !keepsAlive {
            headers.add(name: "Connection", value: "close")
        } else if request?.head.version == .http1_0 {
            headers.add(name: "Connection", value: "keep-alive")
        }
        return headers
    }

    /// Writes what the socket takes; goes on when it takes more, or when the next piece is due.
    func pump(_ context: ChannelHandlerContext) {
        guard !isPumping, timer == nil, body != nil else { return }
        isPumping = true
        defer { isPumping = false }
        for _ in 0..<Self.piecesPerTurn {
            guard context.channel.isWritable, let piece = body?.next(now: .now()) else { return }
            switch piece {
            case .bytes(let buffer):
                context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil)
            case .wait(let due):
                context.flush()
                return resume(at: due, context)
            case .end:
                isPumping = false
                return finish(context)
            }
        }
        resume(at: .now(), context)
    }

    private func resume(at due: NIODeadline, _ context: ChannelHandlerContext) {
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: due) {
            self.timer = nil
            self.pump(context)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { pump(context) }
        context.fireChannelWritabilityChanged()
    }

    private func finish(_ context: ChannelHandlerContext) {
        guard case .answering(let keepsAlive) = phase else { return }
        body = nil
        leaveSlot()
        agent.tally.active.count(-1)
        guard keepsAlive else {
            phase = .over
            let written = context.eventLoop.makePromise(of: Void.self)
            written.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
            return context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
        }
        phase = .idle
        isFinishing = true
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        isFinishing = false
    }
}
