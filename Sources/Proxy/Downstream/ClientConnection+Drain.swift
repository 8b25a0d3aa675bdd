internal import NIOCore
internal import Wire

/// A connection of a client, whatever it speaks, as a loop knows those that are open.
protocol OpenClient: IdleClient {
    /// The proxy stops: no further request is taken, and what runs may end.
    func drain()
    /// The time for that is over.
    func cut()
}

/// How a connection ends when the proxy stops.
extension ClientConnection: OpenClient {
    /// The proxy stops: idle connections close, others after their answer.
    func drain() {
        isDraining = true
        if phase == .head, exchange == nil { closeGracefully() } else { keepsAlive = keepsAlive && answerStarted }
    }

    /// The time is over: a WebSocket gets 1012 where a frame ends, a request without an answer is told so, everything
    /// else is cut.
    func cut() {
        if phase == .tunnel, let frames = tunnelFrames, frames.isAtBoundary, let context {
            context.write(wrapOutboundOut(ByteBuffer(bytes: WebSocketBoundary.close(code: 1012))), promise: nil)
            context.flush()
            let stream = tunnelStream
            tunnelStream = nil
            stream?.tunnelBroke()
            closeGracefully()
            endTunnel()
        } else if let exchange, !exchange.isEnded, !answerStarted, phase == .body || phase == .answering {
            keepsAlive = false
            exchange.fail(Failure.stopping(isSent: exchange.attempts > 0))
        } else {
            close()
        }
    }
}
