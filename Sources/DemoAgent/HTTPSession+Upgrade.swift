import NIOCore
import NIOHTTP1
import NIOWebSocket

/// The way out of HTTP. Any request of a connection may take it, not just the first: a proxy sends the request for an
/// upgrade over a connection that it kept.
extension HTTPSession {
    /// Largest frame that is taken: OpenClaw's 25 MiB, and room for tests to go beyond.
    private static let longestFrame = 32 << 20

    func upgradeToWebSocket(_ request: Request, _ context: ChannelHandlerContext) {
        let head = request.head
        let agent = agent
        let closing = request.query.count("close").flatMap(UInt16.init(exactly:))
        let upgrader = NIOWebSocketServerUpgrader(
            maxFrameSize: Self.longestFrame,
            shouldUpgrade: { channel, head in
                channel.eventLoop.makeSucceededFuture(Self.headers(for: head, agent))
            },
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    let session = WebSocketSession(agent: agent, closing: closing)
                    try channel.pipeline.syncOperations.addHandler(session)
                }
            })
        upgrader.buildUpgradeResponse(channel: context.channel, upgradeRequest: head, initialResponseHeaders: [:])
            .assumeIsolated()
            .whenComplete { result in
                guard case .success(let headers) = result else {
                    return self.send(Self.refusal, to: request, context)
                }
                self.leave(with: headers, context) { upgrader.upgrade(context: context, upgradeRequest: head) }
            }
    }

    /// `Upgrade: echo`: a tunnel that sends back every byte.
    func upgradeToTunnel(_ context: ChannelHandlerContext) {
        let headers: HTTPHeaders = ["Upgrade": "echo", "Connection": "upgrade", "X-Agent": agent.id]
        let agent = agent
        leave(with: headers, context) {
            let pipeline = context.pipeline.syncOperations
            return context.eventLoop.assumeIsolated().makeCompletedFuture {
                try pipeline.addHandler(EchoTunnel(agent: agent))
            }
        }
    }

    private static func headers(for head: HTTPRequestHead, _ agent: Agent) -> HTTPHeaders? {
        var headers: HTTPHeaders = ["X-Agent": agent.id]
        if let offered = head.headers[canonicalForm: "sec-websocket-protocol"].first {
            headers.add(name: "Sec-WebSocket-Protocol", value: String(offered))
        }
        return headers
    }

    private static var refusal: Message {
        .problem(
            .badRequest, "invalid_upgrade", "expected one Sec-WebSocket-Key and Sec-WebSocket-Version: 13")
    }

    /// Takes the HTTP handlers out, says 101 while the encoder is still there, and hands over.
    private func leave(
        with headers: HTTPHeaders, _ context: ChannelHandlerContext, then enter: @escaping () -> EventLoopFuture<Void>
    ) {
        phase = .upgrading(early: [])
        agent.tally.active.count(-1)
        agent.tally.upgrades.count()
        let pipeline = context.pipeline.syncOperations
        // The decoder leaves in the next turn of the loop, and passes on what it had not read.
        let decoderGone = pipeline.removeHandler(codec.decoder)
        pipeline.removeHandler(codec.pipelining, promise: nil)
        decoderGone.assumeIsolated()
            .flatMap { () -> EventLoopFuture<Void> in
                let head = HTTPResponseHead(version: .http1_1, status: .switchingProtocols, headers: headers)
                context.writeAndFlush(self.wrapOutboundOut(.head(head)), promise: nil)
                return pipeline.removeHandler(self.codec.encoder)
            }
            .flatMap(enter)
            .whenComplete { result in
                switch result {
                case .success: pipeline.removeHandler(context: context, promise: nil)
                case .failure: context.close(promise: nil)
                }
            }
    }
}
