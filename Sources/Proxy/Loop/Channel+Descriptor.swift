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
}

extension NIOTransportAccessibleChannelCore {
    fileprivate var descriptor: CInt {
        guard let found = try? withUnsafeTransport({ $0 as? CInt }) else { return -1 }
        return found
    }
}
