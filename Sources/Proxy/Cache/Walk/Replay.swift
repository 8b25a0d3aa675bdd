internal import Cache
internal import NIOCore
internal import Wire

/// A kept event stream that is given at the pace at which it once came: to the exchange, the stream that answers.
final class Replay: InnerStream {
    private var exchange: Exchange?
    private let serial: UInt64
    private let loop: Loop
    private let body: ByteBuffer
    private let plan: ReplayPlan
    private let began: Int64
    private var sent = 0
    private var isWanted = true
    private var timer: Scheduled<Void>?

    init(_ exchange: Exchange, _ body: ByteBuffer, _ plan: ReplayPlan) {
        self.exchange = exchange
        self.body = body
        self.plan = plan
        serial = exchange.serial
        loop = exchange.loop
        began = exchange.loop.now
        wait()
    }

    /// Sends what is due, and waits for the next.
    private func advance() {
        timer = nil
        guard let exchange, exchange.serial == serial, let downstream = exchange.downstream else { return }
        let elapsed = (loop.now - began) / 1_000_000
        let due = plan.due(elapsed, length: body.readableBytes)
        if isWanted, due > sent {
            let start = body.readerIndex + sent
            exchange.bytesOut &+= due - sent
            sent = due
            downstream.sendBody(body, start, body.readerIndex + due)
            downstream.flush()
        }
        guard self.exchange != nil, isWanted else { return }
        if sent == body.readableBytes {
            cancel()
            exchange.stream = nil
            exchange.followedToEnd(trailers: [])
        } else {
            wait()
        }
    }

    private func wait() {
        let elapsed = (loop.now - began) / 1_000_000
        let next = plan.next(after: elapsed) ?? elapsed
        let held = NIOLoopBound(self, eventLoop: loop.eventLoop)
        timer = loop.eventLoop.scheduleTask(in: .milliseconds(max(next - elapsed, 0))) {
            held.value.loop.touch()
            held.value.advance()
        }
    }

    // MARK: as the exchange's stream

    func cancel() {
        timer?.cancel()
        timer = nil
        exchange = nil
    }

    func wantAnswer(_ wanted: Bool) {
        isWanted = wanted
        if wanted, timer == nil { advance() }
    }
}
