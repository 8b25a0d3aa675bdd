import NIOCore
import NIOHTTP1

/// One HTTP/1.1 connection: takes requests one after the other, answers each after the agent's latency, writes bodies
/// only as fast as the client reads them.
///
/// The pipelining handler before it holds the next request back until `.end` of the answer was written.
final class HTTPSession: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    enum Phase {
        /// Exits: a head → `receiving`.
        case idle
        /// Exits: the end of the request → `waiting` or `upgrading`.
        case receiving(Request)
        /// A slot is waited for, or the latency runs. Exits: it ends → `answering` or `over` (a dropped one).
        case waiting
        /// Exits: the body ends → `idle` or `over`.
        case answering(keepsAlive: Bool)
        /// Exits: the handler leaves the pipeline. What arrives meanwhile belongs to the next protocol.
        case upgrading(early: [NIOAny])
        /// The connection closes; whatever else arrives is not answered.
        case over
    }

    let agent: Agent
    let codec: HTTPCodec
    var phase = Phase.idle
    /// What is left of the answer, while `answering`.
    var body: (any Body)?
    /// From the arrival of the request to the end of its answer.
    var ticket: Slots.Ticket?
    /// Ends the latency, or a pause in a body.
    var timer: Scheduled<Void>?
    var isPumping = false
    /// The end of an answer is being written: the next request may be delivered within that call.
    var isFinishing = false

    init(agent: Agent, codec: HTTPCodec) {
        self.agent = agent
        self.codec = codec
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .upgrading(var early) = phase {
            phase = .over
            early.append(data)
            phase = .upgrading(early: early)
            return
        }
        switch unwrapInboundIn(data) {
        case .head(let head): begin(head, context)
        case .body(let piece):
            guard case .receiving(var request) = phase else { return }
            phase = .idle
            request.take(piece)
            phase = .receiving(request)
        case .end: complete(context)
        }
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard case .idle = phase else { return }
        agent.tally.requests.count()
        agent.tally.active.count()
        phase = .receiving(Request(head))
        let expected = head.headers[canonicalForm: "expect"]
        guard expected.contains(where: { $0.lowercased() == "100-continue" }) else { return }
        let interim = HTTPResponseHead(version: .http1_1, status: .continue)
        context.writeAndFlush(wrapOutboundOut(.head(interim)), promise: nil)
    }

    private func complete(_ context: ChannelHandlerContext) {
        guard case .receiving(let request) = phase else { return }
        switch request.upgrade {
        case .some where agent.behaviour.drain != nil: answer(request, context)
        case "websocket": upgradeToWebSocket(request, context)
        case "echo": upgradeToTunnel(context)
        default: answer(request, context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        abandon()
        phase = .over
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch phase {
        case .idle where error is HTTPParserError, .receiving where error is HTTPParserError:
            abandon()
            agent.tally.active.count()
            phase = .waiting
            send(.problem(.badRequest, "bad_request", "\(error)"), to: nil, context)
        default:
            context.close(promise: nil)
        }
    }

    /// The request in hand, if any, will not be answered.
    private func abandon() {
        timer?.cancel()
        timer = nil
        body = nil
        leaveSlot()
        switch phase {
        case .receiving, .waiting, .answering:
            agent.tally.active.count(-1)
            agent.tally.aborted.count()
        case .idle, .upgrading, .over: break
        }
    }

    func leaveSlot() {
        guard let ticket else { return }
        self.ticket = nil
        agent.slots.leave(ticket)
    }

    /// After an upgrade: the bytes that came early go to the handlers of the new protocol, then this one is gone.
    func removeHandler(context: ChannelHandlerContext, removalToken: ChannelHandlerContext.RemovalToken) {
        if case .upgrading(let early) = phase, !early.isEmpty {
            phase = .upgrading(early: [])
            for data in early { context.fireChannelRead(data) }
            context.fireChannelReadComplete()
        }
        context.leavePipeline(removalToken: removalToken)
    }
}
