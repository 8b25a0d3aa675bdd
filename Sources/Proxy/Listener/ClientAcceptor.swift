internal import NIOCore

/// Makes clients' connections of what a listening socket accepts.
///
/// Stands before the bootstrap's own handler for that, and hands on to whoever is behind it: that one makes futures of
/// every step, here everything is done at once, on the loop.
final class ClientAcceptor: ChannelInboundHandler {
    typealias InboundIn = any Channel
    /// What NIO calls its own.
    private static let bootstrapped = "AcceptHandler"

    private let loop: Loop
    private let listened: Listened
    private var beyond: ChannelHandlerContext?

    init(_ loop: Loop, _ listened: Listened) {
        self.loop = loop
        self.listened = listened
    }

    func handlerRemoved(context: ChannelHandlerContext) { beyond = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let accepted = unwrapInboundIn(data)
        guard context.channel.isActive else { return accepted.close(promise: nil) }
        do {
            try ClientChannel.open(accepted, loop, listened)
        } catch {
            accepted.close(promise: nil)
            return context.fireErrorCaught(error)
        }
        if beyond == nil { beyond = try? context.pipeline.syncOperations.context(name: Self.bootstrapped) }
        (beyond ?? context).fireChannelRead(data)
    }
}
