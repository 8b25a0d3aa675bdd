internal import NIOCore

/// A stream to an agent, as an attempt of an exchange uses it: all of an HTTP/1.1 connection, or one stream of many.
protocol AgentStream: UpstreamStream {
    /// An agent may send a request back untouched, whatever its method (RFC 9113 8.7): its body is kept for that.
    static var mayBeRefused: Bool { get }
    /// Leases it to an exchange, or to its hedge.
    func begin(_ exchange: Exchange, _ hedge: Hedge?)
    /// The hedge has won, or is the only one left: what it has read is the exchange's.
    func becomeFirst()
    /// There is room for more of the request's body; who has none says so when there is.
    var takesBody: Bool { get }
}

extension UpstreamConnection: AgentStream {
    static var mayBeRefused: Bool { false }
    var takesBody: Bool { context?.channel.isWritable != false }
}
