internal import Balancer
internal import NIOCore

/// An exchange in the queue of a pool, from when it enters until it has its place, or gives up.
///
/// Made and read on the exchange's loop. `ticket` belongs to the queue, which writes it before anybody else can ask.
final class Waiter: @unchecked Sendable {
    /// What the queue has to say to it.
    enum News: Sendable {
        /// A place is promised: the exchange picks again.
        case promised
        /// It is in the queue no more.
        case refused(QueueRefusal, retryAfter: Int)
    }

    let queue: PoolQueue
    /// Serves where the configuration names the pool no more.
    let target: LoopTarget
    var ticket: WaitingQueue.Ticket = 0
    private let exchange: Exchange
    private let serial: UInt64

    init(_ exchange: Exchange, _ target: LoopTarget) {
        queue = target.queue
        self.target = target
        self.exchange = exchange
        serial = exchange.serial
    }

    /// Tells the exchange, on its loop and not before its loop has done what it is at. One that has ended since has left
    /// the queue, which is how a promise that comes too late goes on to the next.
    func tell(_ news: News) {
        exchange.loop.eventLoop.execute { [self] in
            exchange.loop.touch()
            if exchange.serial == serial, exchange.waiter === self { exchange.hear(news) }
        }
    }
}
