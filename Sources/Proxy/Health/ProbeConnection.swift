internal import NIOCore
internal import Wire

/// Why a question to an agent had no answer.
struct ProbeFailure: Error {
    let text: String
}

/// A connection that asks one small question after another.
final class ProbeConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// A health answer is small; what is longer is cut off by closing.
    private static let mostBytes = 256 * 1024

    private let loop: Loop
    private var context: ChannelHandlerContext?
    private let head = ResponseHead()
    private var body = BodyReader()
    private var inBody = false
    private var seen = 0
    private var done: ((Result<Int, ProbeFailure>) -> Void)?
    private var deadline: Scheduled<Void>?

    init(_ loop: Loop) { self.loop = loop }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    var isOpen: Bool { context?.channel.isActive == true }

    func close() { context?.close(promise: nil) }

    func ask(_ request: ByteBuffer, within time: TimeAmount, _ done: @escaping (Result<Int, ProbeFailure>) -> Void) {
        self.done = done
        head.reset()
        inBody = false
        seen = 0
        let bound = NIOLoopBound(self, eventLoop: loop.eventLoop)
        deadline = loop.eventLoop.scheduleTask(in: time) {
            bound.value.end(.failure(ProbeFailure(text: "no answer in time")), keep: false)
        }
        context?.writeAndFlush(wrapOutboundOut(request), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        seen += buffer.readableBytes
        let limits = WireLimits()
        while true {
            if !inBody {
                let step = buffer.withUnsafeReadableBytes { head.take($0, toHead: false, limits: limits) }
                switch step {
                case .more: return
                case .failed(let failure):
                    return end(.failure(ProbeFailure(text: "\(failure.explanation)")), keep: false)
                case .complete(let count): buffer.moveReaderIndex(forwardBy: count)
                }
                if head.isInterim {
                    head.reset()
                    continue
                }
                body = BodyReader(head.framing)
                inBody = true
            }
            let step = buffer.withUnsafeReadableBytes { body.next($0, from: 0, limits: limits) }
            switch step {
            case .more:
                if seen > Self.mostBytes { end(.success(head.status), keep: false) }
                return
            case .content(_, let end): buffer.moveReaderIndex(forwardBy: end)
            case .end: return end(.success(head.status), keep: head.keepsAlive)
            case .failed(let failure): return end(.failure(ProbeFailure(text: "\(failure.explanation)")), keep: false)
            }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if inBody, body.endsAtClose {
            end(.success(head.status), keep: false)
        } else {
            end(.failure(ProbeFailure(text: "the agent closed the connection")), keep: false)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(.failure(ProbeFailure(text: "\(error)")), keep: false)
    }

    private func end(_ result: Result<Int, ProbeFailure>, keep: Bool) {
        deadline?.cancel()
        deadline = nil
        if !keep { close() }
        let told = done
        done = nil
        told?(result)
    }
}
