/// One read may bring as many requests as a client may have at once. Where that is too much, connections take turns, each
/// with a request at a time.
extension HTTP2Connection: TakesTurns {
    /// Begins it now, or later when others have been served: then false.
    func mayBegin(_ stream: HTTP2ClientStream) -> Bool {
        if waiting.isEmpty {
            if loop.requestTurns.take({ stream.goOn() }) { return true }
            loop.requestTurns.add(self)
        }
        waiting.append(stream)
        return false
    }

    func takeTurn() -> Bool {
        // those that were taken back have nobody to be served
        let gone = waiting.firstIndex { !$0.isClosed } ?? waiting.count
        waiting.removeFirst(gone)
        guard !waiting.isEmpty else { return false }
        loop.touch()
        waiting.removeFirst().goOn()
        settle()
        if mustFlush { flush() }
        dropEnded()
        return !waiting.isEmpty
    }
}
