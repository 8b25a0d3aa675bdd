internal import Access
internal import Logging
internal import Settings
internal import NIOCore
internal import Telemetry

/// Stands in front of everything else on a connection whose listener speaks the PROXY protocol, until the header is there:
/// tells the loop who the client is, lets the connection begin, and goes.
///
/// Exits: the header is whole -> removed; it is wrong, comes from somebody who may not send one, or takes longer than
/// `http.timeouts.header` -> the connection is closed.
final class ProxyHeaderHandler: Timed, ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let loop: Loop
    private let senders: AddressSet
    private var context: ChannelHandlerContext?
    private var received = ByteBuffer()
    /// Those behind it have been told of the connection.
    private var hasBegun = false

    init(_ loop: Loop, _ senders: AddressSet) {
        self.loop = loop
        self.senders = senders
    }

    /// Puts one in front where the runtime asks for it. Called before anything else is added to the pipeline.
    static func add(to channel: any Channel, _ listener: Listened, _ loop: Loop) throws {
        guard listener.door == .clients || listener.door == .redirect, let gate = loop.runtime.edge?.proxyGate,
            gate.speaks(on: listener.address)
        else { return }
        try channel.pipeline.syncOperations.addHandler(ProxyHeaderHandler(loop, gate.senders))
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        loop.wheel.retire(self)
    }

    /// Nobody further along hears of the connection before its client is known.
    func channelActive(context: ChannelHandlerContext) {
        loop.touch()
        if loop.isNameless(context) { return context.close(promise: nil) }
        let peer = Client.bytes(of: context.channel.remoteAddress)
        // who may connect to a local socket, its file says
        guard peer.isEmpty || senders.contains(peer) else {
            return refuse(context, "who sent it is not in http.proxyProtocol.from")
        }
        loop.wheel.set(self, loop.now + loop.runtime.timeouts.header)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        received.writeBuffer(&buffer)
        loop.reads.giveBack(buffer)
        switch received.withUnsafeReadableBytes(ProxyHeader.read) {
        case .more: return
        case .failed(let fault): refuse(context, "\(fault.rawValue)")
        case .complete(let count, let source):
            received.moveReaderIndex(forwardBy: count)
            begin(context, source)
        }
    }

    private func begin(_ context: ChannelHandlerContext, _ source: ProxyHeader.Source) {
        if case .address(let address, let port) = source,
            let client = try? SocketAddress(ipAddress: "\(address)", port: port)
        {
            loop.tell(client, isAtOtherEndOf: context.channel)
        }
        hasBegun = true
        context.fireChannelActive()
        if received.readableBytes > 0 {
            context.fireChannelRead(wrapInboundOut(received))
            context.fireChannelReadComplete()
        }
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }

    /// Nothing is answered: who it would be told to is not known.
    private func refuse(_ context: ChannelHandlerContext, _ reason: String) {
        loop.counters.add(1, to: .proxyHeadersRefused)
        loop.process.log.debug(
            "a connection was closed for its PROXY header",
            metadata: ["peer": "\(context.channel.remoteAddress?.ipAddress ?? "-")", "reason": "\(reason)"])
        context.close(promise: nil)
    }

    override func deadlinePassed(now: Int64) {
        if let context { refuse(context, "it did not come within http.timeouts.header") }
    }

    func channelInactive(context: ChannelHandlerContext) {
        loop.wheel.retire(self)
        // an answer may find the connection gone while the header's bytes are still handed on
        if hasBegun { context.fireChannelInactive() }
    }

    func channelReadComplete(context: ChannelHandlerContext) {}

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

/// What a connection's handlers are told of the listener that it came through.
struct Listened: Sendable {
    let address: ListenAddress
    let door: Door
}

/// Who may send a PROXY header, and through which listeners.
struct ProxyGate {
    let senders: AddressSet
    /// Empty: all.
    private let addresses: [ListenAddress]

    /// Nil where nobody may.
    init?(_ settings: ProxyProtocolSettings) {
        guard !settings.from.isEmpty else { return nil }
        senders = AddressSet(settings.from)
        addresses = settings.listen.values
    }

    func speaks(on address: ListenAddress) -> Bool { addresses.isEmpty || addresses.contains(address) }
}
