internal import NIOCore
internal import Wire

/// The stream of a connection that brought a request, as its exchange sees it. HTTP/1.1 is one kind; others join by
/// speaking the same: interim heads, a head, body, an end, an abort, and demand.
protocol Downstream: AnyObject {
    /// Where the request came from.
    var client: Client { get }
    /// There is room for an answer; who has none says so when there is.
    var takesAnswer: Bool { get }
    /// Passes an interim answer (1xx) on.
    func sendInterim(_ answer: ResponseHead)
    /// Asks the client for the body that it holds back (`Expect: 100-continue`).
    func sendContinue()
    /// Passes the agent's head on, edited as the exchange's plan says.
    func sendHead(of exchange: Exchange)
    /// Passes on the head of an answer that is kept, or shared. Nothing of the exchange's own answer is looked at.
    func sendHead(_ head: SharedHead, for exchange: Exchange)
    /// Passes body bytes `start..<end` of `buffer` (absolute indices) on.
    func sendBody(_ buffer: ByteBuffer, _ start: Int, _ end: Int)
    /// The answer is complete.
    func endAnswer(trailers: HeadLines?)
    /// Answers from here, head and body at once.
    func sendReply(_ reply: Reply, for exchange: Exchange)
    /// Hands what was written to the socket.
    func flush()
    /// The same for an answer that was written at once: with those to requests that have come together.
    func finish()
    /// The answer cannot be completed: the client must see that it is cut short.
    func abort()
    /// Whether more of the request is wanted: back-pressure.
    func wantRequestBody(_ wanted: Bool)
    /// The exchange has been accounted for and is given back.
    func exchangeEnded()
    /// From here on bytes pass both ways as they are.
    func becomeTunnel(_ exchange: Exchange, to stream: any UpstreamStream)
    /// Bytes for the client of a tunnel, and the end of them.
    func tunnel(_ buffer: ByteBuffer)
    func tunnelEnded()
    /// The other side of a tunnel broke.
    func tunnelBroke()
}

/// A stream of a connection to an agent, leased to one exchange; for HTTP/1.1 it is all of the connection.
protocol UpstreamStream: AnyObject {
    func sendHead(of exchange: Exchange)
    func sendBody(_ buffer: ByteBuffer, _ start: Int, _ end: Int)
    func endRequest(trailers: HeadLines?)
    func flush()
    /// Nobody wants the answer any more; the agent is told by closing the stream.
    func cancel()
    /// The answer, whose head has come, is not the one that is passed on; a short one costs no connection.
    func dismiss()
    /// Whether more of the answer is wanted: back-pressure.
    func wantAnswer(_ wanted: Bool)
    /// Bytes for the agent of a tunnel, and the end of them.
    func tunnel(_ buffer: ByteBuffer)
    func tunnelEnded()
    func tunnelBroke()
}

/// A downstream that is no connection of a client: nothing is asked of it, and it becomes no tunnel.
protocol InnerDownstream: Downstream {}

extension InnerDownstream {
    var takesAnswer: Bool { true }
    func finish() { flush() }
    func sendContinue() {}
    func wantRequestBody(_ wanted: Bool) {}
    func becomeTunnel(_ exchange: Exchange, to stream: any UpstreamStream) { stream.tunnelBroke() }
    func tunnel(_ buffer: ByteBuffer) {}
    func tunnelEnded() {}
    func tunnelBroke() {}
}

/// A stream that is no connection to an agent: only an answer comes from it.
protocol InnerStream: UpstreamStream {}

extension InnerStream {
    func sendHead(of exchange: Exchange) {}
    func sendBody(_ buffer: ByteBuffer, _ start: Int, _ end: Int) {}
    func endRequest(trailers: HeadLines?) {}
    func flush() {}
    func dismiss() { cancel() }
    func tunnel(_ buffer: ByteBuffer) {}
    func tunnelEnded() {}
    func tunnelBroke() {}
}
