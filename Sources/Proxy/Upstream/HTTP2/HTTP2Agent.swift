internal import Balancer
internal import NIOCore
internal import NIOPosix
internal import Telemetry

/// One loop's HTTP/2 connections to one agent, and who waits for one that is being made.
final class HTTP2Agent {
    private struct Waiter {
        let exchange: Exchange
        let hedge: Hedge?
        let serial: UInt64
        let turn: UInt32

        var isWaiting: Bool { exchange.expects(serial, turn, hedge) }
    }

    /// It owns this, and its connections hold it.
    private unowned let upstream: Upstream
    private var connections: [HTTP2AgentConnection] = []
    private var waiting = CircularBuffer<Waiter>()
    private var dialling = 0
    /// What a new connection is expected to carry.
    private var usualRoom = HTTP2Terms.firstStreams
    private var isRetired = false

    init(_ upstream: Upstream) { self.upstream = upstream }

    // MARK: streams

    /// A stream of a connection that has room; the first ones are filled first, so that the last ones fall idle.
    /// `careful`: one on which something has come that was not read yet may just be ending.
    func take(careful: Bool) -> HTTP2AgentStream? {
        for connection in connections where connection.hasRoom {
            if connection.isIdle, careful || connection.isStale, !connection.isQuiet { continue }
            return connection.newStream()
        }
        return nil
    }

    /// A stream for an exchange, at once or when there is a connection with room.
    func open(for exchange: Exchange, _ hedge: Hedge?, within wait: TimeAmount) {
        if let stream = take(careful: true) { return exchange.opened(stream, hedge) }
        waiting.append(Waiter(exchange: exchange, hedge: hedge, serial: exchange.serial, turn: exchange.turn))
        if dialling * usualRoom < waiting.count { dial(wait) }
    }

    private func dial(_ wait: TimeAmount) {
        dialling += 1
        upstream.dialHTTP2(within: wait) { result in
            self.dialling -= 1
            switch result {
            case .success(let connection):
                self.usualRoom = connection.mostStreams
                self.connections.append(connection)
                // whom it has no room for will not find some on the next one
                guard connection.hasRoom else {
                    if self.dialling == 0 { self.fail(HTTP2Failure.noStreams) }
                    return connection.settle()
                }
                self.serve(wait)
                // those who were waiting have it; it ends with them
                if self.isRetired { return self.leave() }
                connection.settle()
            case .failure(let error): if self.dialling == 0 { self.fail(error) }
            }
        }
    }

    /// Those who wait, as far as there is room.
    private func serve(_ wait: TimeAmount) {
        while let waiter = waiting.first {
            guard waiter.isWaiting else {
                waiting.removeFirst()
                continue
            }
            guard let stream = take(careful: false) else { break }
            waiting.removeFirst()
            waiter.exchange.opened(stream, waiter.hedge)
        }
        if !waiting.isEmpty, dialling == 0 { dial(wait) }
    }

    private func fail(_ error: any Error) {
        let failed = waiting
        waiting = CircularBuffer()
        let failure = upstream.failure(error)
        for waiter in failed where waiter.isWaiting { waiter.exchange.connectFailed(failure, waiter.hedge) }
    }

    /// A connection has room again.
    func hasRoom() { if !waiting.isEmpty { serve(.seconds(10)) } }

    // MARK: connections

    func closed(_ connection: HTTP2AgentConnection) {
        if let at = connections.firstIndex(where: { $0 === connection }) { connections.remove(at: at) }
    }

    var idleCount: Int { connections.lazy.filter(\.isIdle).count }

    func closeIdle() {
        for connection in connections where connection.isIdle { connection.close() }
    }

    /// What is open ends by itself; nothing new begins on it.
    func leave() {
        let all = connections
        connections = []
        for connection in all { connection.retire() }
    }

    func retire() {
        isRetired = true
        leave()
    }
}
