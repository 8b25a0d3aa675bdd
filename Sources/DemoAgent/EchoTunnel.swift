import NIOCore

/// The far end of an upgrade to `echo`: bytes come back as they went in, at the pace at which they are read.
final class EchoTunnel: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let agent: Agent

    init(agent: Agent) {
        self.agent = agent
    }

    func handlerAdded(context: ChannelHandlerContext) {
        agent.tally.tunnels.count()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        agent.tally.tunnels.count(-1)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.write(data, promise: nil)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.flush()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        try? context.channel.syncOptions?.setOption(.autoRead, value: context.channel.isWritable)
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
