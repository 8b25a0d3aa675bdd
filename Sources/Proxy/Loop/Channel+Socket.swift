internal import NIOCore

extension Channel {
    /// The socket's descriptor, as long as the channel is open; -1 where there is none.
    ///
    /// `withUnsafeTransportIfAvailable` says the same, but casts to a constrained protocol, which the runtime looks up
    /// anew each time: of a connection with TLS that was 3 % of the processor time.
    var descriptor: CInt {
        guard let core = _channelCore as? any NIOTransportAccessibleChannelCore else { return -1 }
        return core.descriptor
    }

    /// When it closes, the peer gets a reset and no orderly end, and no port waits (TIME-WAIT, RFC 9293 3.6).
    func resetsOnClose() {
        // `struct linger` with l_onoff 1 and l_linger 0, as the eight bytes of one number
        try? syncOptions?.setOption(.socketOption(.so_linger), value: 1)
    }
}

extension NIOTransportAccessibleChannelCore {
    fileprivate var descriptor: CInt {
        guard let found = try? withUnsafeTransport({ $0 as? CInt }) else { return -1 }
        return found
    }
}
