internal import Cache
internal import NIOCore
internal import Synchronization
internal import Telemetry
internal import Wire

/// A client's exchange that follows a fill: to the exchange it is the stream from which the answer comes.
///
/// Exits: waits for the head -> follows the body | is answered otherwise | goes on alone; follows -> ended.
final class Reader: Timed, InnerStream, @unchecked Sendable {
    let fill: Fill
    let loop: Loop
    /// The one for whom the fill was begun.
    let isLeader: Bool
    /// Bytes that it has passed on; read by the fill's loop.
    var taken: Int { passed.load(ordering: .relaxed) }
    private let passed = Atomic<Int>(0)
    private var exchange: Exchange?
    private let serial: UInt64
    private var piece = 0
    private var isFollowing = false
    private var isWanted = true
    private var isAdvancing = false
    /// Bytes are passed on, rather than only counted: not for HEAD, nor where the head alone was the answer.
    private var sendsBody = true

    init(_ exchange: Exchange, _ fill: Fill, isLeader: Bool) {
        self.exchange = exchange
        self.fill = fill
        self.isLeader = isLeader
        loop = exchange.loop
        serial = exchange.serial
    }

    /// Joins; false where it came too late.
    func begin(wait: Int64) -> Bool {
        guard fill.join(self) else { return false }
        if !isLeader, wait < .max { loop.wheel.set(self, loop.now &+ wait) }
        return true
    }

    /// It has waited for a head long enough.
    override func deadlinePassed(now: Int64) {
        guard let exchange, !isFollowing else { return }
        leave()
        exchange.fetchAlone()
    }

    /// Something new has come.
    func advance() {
        guard !isAdvancing, let exchange, exchange.serial == serial else { return }
        isAdvancing = true
        defer { isAdvancing = false }
        if !isFollowing {
            switch fill.news(for: self, exchange.head) {
            case .nothing:
                if case .broken = fill.pieces(from: 0).end {
                    leave()
                    exchange.fetchAlone()
                }
                return
            case .head(let head, let facts):
                isFollowing = true
                loop.wheel.retire(self)
                exchange.follow(head, facts, self)
                if self.exchange == nil { return }
            case .stored(let answer, let end):
                leave()
                return exchange.serve(answer, after: end, isLeader: isLeader)
            case .reply(let reply, let kind):
                let attempts = isLeader ? fill.agent?.attempts ?? 0 : 0
                leave()
                return exchange.fillFailed(reply, kind, attempts: attempts, isLeader: isLeader)
            case .alone:
                leave()
                return exchange.fetchAlone()
            }
        }
        passOn(exchange)
    }

    private func passOn(_ exchange: Exchange) {
        while isWanted, self.exchange === exchange, let downstream = exchange.downstream {
            let (pieces, end) = fill.pieces(from: piece)
            for buffer in pieces {
                piece &+= 1
                passed.wrappingAdd(buffer.readableBytes, ordering: .relaxed)
                if sendsBody {
                    exchange.bytesOut &+= buffer.readableBytes
                    downstream.sendBody(buffer, buffer.readerIndex, buffer.writerIndex)
                }
                // a write may have ended the connection, or filled it
                guard self.exchange === exchange, exchange.serial == serial else { return }
                if !isWanted { break }
            }
            guard isWanted else { break }
            if !pieces.isEmpty {
                downstream.flush()
                continue
            }
            switch end {
            case .open: downstream.flush()
            case .whole:
                leave()
                exchange.followedToEnd(trailers: fill.trailers)
            case .broken:
                leave()
                exchange.followedToBreak()
            }
            return fill.resumeIfRead()
        }
        exchange.downstream?.flush()
        fill.resumeIfRead()
    }

    /// The head was all that this client gets.
    func skipBody() { sendsBody = false }

    func passInterim(_ answer: ResponseHead) {
        guard let exchange, exchange.serial == serial, !exchange.head.isOld, !isFollowing else { return }
        exchange.downstream?.sendInterim(answer)
        exchange.downstream?.flush()
    }

    private func leave() {
        guard exchange != nil else { return }
        exchange?.stream = nil
        exchange = nil
        loop.wheel.retire(self)
        fill.leave(self)
    }

    // MARK: as the exchange's stream

    func cancel() { leave() }

    func wantAnswer(_ wanted: Bool) {
        isWanted = wanted
        if wanted { advance() }
    }
}
