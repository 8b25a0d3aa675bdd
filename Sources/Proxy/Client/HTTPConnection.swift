internal import NIOCore
internal import Wire

/// A connection of the proxy's own to an HTTP server: asks one question after another. Lives on one loop.
///
/// Phases and exits: `idle` -> `head` | `closed`; `head` -> `body` | `idle` | `closed`; `body` -> `idle` | `closed`.
final class HTTPConnection: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Phase { case idle, head, body, closed }

    let eventLoop: any EventLoop
    let destination: HTTPDestination
    private var phase = Phase.idle
    private var context: ChannelHandlerContext?
    private var turn: HTTPTurn?
    private let head = ResponseHead()
    private var body = BodyReader()
    /// A byte of the answer has come.
    private var hasAnswered = false
    /// Questions so far.
    private(set) var served = 0
    private var wantsRead = true
    private var readPending = false
    /// It can be asked again, or has closed while it was idle.
    private let freed: (HTTPConnection) -> Void
    /// A question over a kept connection got nothing but its end: it may be asked again over another one.
    private let stale: (HTTPTurn) -> Void

    init(
        _ destination: HTTPDestination, _ eventLoop: any EventLoop, freed: @escaping (HTTPConnection) -> Void,
        stale: @escaping (HTTPTurn) -> Void
    ) {
        self.destination = destination
        self.eventLoop = eventLoop
        self.freed = freed
        self.stale = stale
    }

    var isOpen: Bool { phase != .closed && context?.channel.isActive == true }

    var isIdle: Bool { phase == .idle }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    /// Asks. The connection is idle.
    func ask(_ turn: HTTPTurn) {
        self.turn = turn
        turn.travels(on: self)
        phase = .head
        served += 1
        hasAnswered = false
        head.reset()
        // one that refuses may answer before it has read all: its answer counts, so a failed write ends nothing
        context?.writeAndFlush(wrapOutboundOut(turn.request.bytes(authority: destination.authority)), promise: nil)
    }

    /// Nobody wants the answer any more.
    func abandon() {
        turn = nil
        close()
    }

    func close() {
        phase = .closed
        context?.close(promise: nil)
    }

    /// Whether more of the answer is wanted.
    func wantAnswer(_ wanted: Bool) {
        wantsRead = wanted
        guard wanted, readPending else { return }
        readPending = false
        context?.read()
    }

    func read(context: ChannelHandlerContext) {
        if wantsRead { context.read() } else { readPending = true }
    }

    // MARK: what comes

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        let limits = WireLimits()
        while true {
            switch phase {
            case .idle: return close()
            case .closed: return
            case .head: guard readHead(&buffer, limits) else { return }
            case .body: guard readBody(&buffer, limits) else { return }
            }
        }
    }

    private func readHead(_ buffer: inout ByteBuffer, _ limits: WireLimits) -> Bool {
        guard let turn, buffer.readableBytes > 0 else { return false }
        hasAnswered = true
        let toHead = turn.request.method == "HEAD"
        switch buffer.withUnsafeReadableBytes({ head.take($0, toHead: toHead, limits: limits) }) {
        case .more: return false
        case .failed(let failure):
            end(.broken("\(failure.explanation)"))
            return false
        case .complete(let count): buffer.moveReaderIndex(forwardBy: count)
        }
        if head.isInterim {
            head.reset()
            return true
        }
        if head.isUpgrade {
            end(.broken("it changed protocols although nobody asked"))
            return false
        }
        body = BodyReader(head.framing)
        phase = .body
        turn.head(head.status, HTTPFields(head))
        return true
    }

    private func readBody(_ buffer: inout ByteBuffer, _ limits: WireLimits) -> Bool {
        switch buffer.withUnsafeReadableBytes({ body.next($0, from: 0, limits: limits) }) {
        case .more: return false
        case .content(let start, let end):
            buffer.withUnsafeReadableBytes { turn?.content(UnsafeRawBufferPointer(rebasing: $0[start..<end])) }
            buffer.moveReaderIndex(forwardBy: end)
            return true
        case .end(let end):
            buffer.moveReaderIndex(forwardBy: end)
            answered(isClean: buffer.readableBytes == 0)
            return false
        case .failed(let failure):
            end(.broken("\(failure.explanation)"))
            return false
        }
    }

    /// The answer is whole.
    private func answered(isClean: Bool) {
        guard let turn else { return close() }
        self.turn = nil
        if let trailers = body.trailers { turn.trailers(HTTPFields(trailers)) }
        if isClean, head.keepsAlive, !turn.request.closes {
            phase = .idle
            // who takes the end may ask again at once
            wantAnswer(true)
            freed(self)
        } else {
            close()
        }
        turn.finish(nil)
    }

    // MARK: ends

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed { closedByPeer() }
    }

    func channelInactive(context: ChannelHandlerContext) { closedByPeer() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(HTTPClientFailure(breaking: error))
    }

    private func closedByPeer() {
        if phase == .body, body.endsAtClose {
            answered(isClean: false)
        } else {
            end(.broken("the connection was closed\(hasAnswered ? " within the answer" : " without an answer")"))
        }
    }

    private func end(_ failure: HTTPClientFailure) {
        let wasIdle = phase == .idle
        let turn = self.turn
        self.turn = nil
        close()
        if wasIdle { freed(self) }
        guard let turn, !turn.isFinished else { return }
        if served > 1, !hasAnswered, turn.request.isRepeatable {
            stale(turn)
        } else {
            turn.finish(failure)
        }
    }
}
