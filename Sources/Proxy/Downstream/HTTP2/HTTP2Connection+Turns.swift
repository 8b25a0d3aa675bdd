/// One read may bring as many requests as a client may have at once. Where that is too much, connections take turns, each
/// with a request at a time.
extension HTTP2Connection: TakesTurns {
    /// Requests of a loop that may wait; nothing else bounds the memory of their heads. One more begins at once, and
    /// `performance.maxConcurrentRequests` decides.
    static let mostWaiting = 1000
    /// Of a body that comes meanwhile; with more of it the request begins, and `performance.bodyMemory` decides.
    static let earlyBytes = 16 * 1024

    /// Begins it now, or later when others have been served: then false.
    func mayBegin(_ stream: HTTP2ClientStream) -> Bool {
        if loop.waitingRequests >= Self.mostWaiting {
            stream.goOn()
            return true
        }
        if waiting.isEmpty {
            if loop.requestTurns.take({ stream.goOn() }) { return true }
            loop.requestTurns.add(self)
        }
        waiting.append(stream)
        loop.waitingRequests &+= 1
        return false
    }

    func takeTurn() -> Bool {
        loop.touch()
        while let next = waiting.first {
            waiting.removeFirst()
            loop.waitingRequests &-= 1
            // those that were taken back have nobody to be served
            guard next.waitsForTurn else { continue }
            next.goOn()
            settle()
            if mustFlush { flush() }
            dropEnded()
            break
        }
        return !waiting.isEmpty
    }
}
