internal import NIOCore

/// Leaves connections in the kernel's queue while there are too few descriptors for them and for their agents. The
/// listening socket is not asked about meanwhile, so nothing spins.
final class AcceptGate: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias OutboundIn = any Channel

    private let loop: Loop
    private var context: ChannelHandlerContext?
    private var isHeld = false

    init(_ loop: Loop) { self.loop = loop }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        loop.gates.append(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        loop.gates.removeAll { $0 === self }
    }

    func read(context: ChannelHandlerContext) {
        let process = loop.process
        if process.overload.mayAccept(process.openConnections) {
            context.read()
        } else {
            isHeld = true
            loop.holdsAccepts = true
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        loop.process.overload.willAccept(1)
        context.fireChannelRead(data)
    }

    /// There may be room now.
    func look() {
        guard isHeld, let context else { return }
        isHeld = false
        read(context: context)
    }
}

extension Loop {
    /// Descriptors came free, or a moment has passed.
    func lookAtGates() {
        guard holdsAccepts else { return }
        holdsAccepts = false
        for gate in gates { gate.look() }
    }
}
