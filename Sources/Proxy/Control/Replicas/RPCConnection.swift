internal import NIOCore
internal import Wire

/// Reads the one answer of a connection to an admin listener.
final class RPCConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let turn: RPCTurn
    private let address: String
    private let head = ResponseHead()
    private var body = BodyReader()
    private var isInBody = false
    private var content: [UInt8] = []

    init(_ turn: RPCTurn, _ address: String) {
        self.turn = turn
        self.address = address
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        let limits = WireLimits()
        while true {
            if !isInBody {
                switch buffer.withUnsafeReadableBytes({ head.take($0, toHead: false, limits: limits) }) {
                case .more: return
                case .failed(let failure): return broken("\(failure.explanation)")
                case .complete(let count): buffer.moveReaderIndex(forwardBy: count)
                }
                if head.isInterim {
                    head.reset()
                    continue
                }
                body = BodyReader(head.framing)
                isInBody = true
            }
            switch buffer.withUnsafeReadableBytes({ body.next($0, from: 0, limits: limits) }) {
            case .more: return
            case .content(let start, let end):
                content += buffer.readableBytesView[(buffer.readerIndex + start)..<(buffer.readerIndex + end)]
                guard content.count <= RPCClient.mostBytes else {
                    return broken("its answer is longer than \(RPCClient.mostBytes >> 20) MiB")
                }
                buffer.moveReaderIndex(forwardBy: end)
            case .end: return done()
            case .failed(let failure): return broken("\(failure.explanation)")
            }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if isInBody, body.endsAtClose { done() } else { broken("it closed the connection without an answer") }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { broken("\(error)") }

    private func done() { turn.finish(.success(RPCAnswer(status: head.status, body: content))) }

    private func broken(_ what: String) { turn.finish(.failure(.broken("\(address) gave no answer: \(what)"))) }
}
