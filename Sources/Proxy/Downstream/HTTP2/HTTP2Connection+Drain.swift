internal import NIOCore
internal import NIOHTTP2

/// How a connection ends when the proxy stops (RFC 9113 6.8): first the client hears that it should send nothing more,
/// then, when it must have heard that, which of its requests are the last.
extension HTTP2Connection {
    /// How long the client has to answer that it knows.
    static let announcedNanoseconds: Int64 = 1_000_000_000
    private static let pingBytes: UInt64 = 0x636c_6177_6472_6169

    func drain() {
        guard phase == .open || phase == .greeting, leaving == .no else { return }
        leaving = .announced
        // what has been written comes first
        flush()
        // the library would refuse what comes after a GOAWAY of its own
        outlet.put(Self.announcement)
        if phase == .open {
            write(.rootStream, .ping(HTTP2PingData(withInteger: Self.pingBytes), ack: false))
            flush()
        }
        outlet.send()
        leaveBy = loop.now + Self.announcedNanoseconds
        loop.wheel.set(self, leaveBy)
    }

    /// Which request is the last. What runs ends.
    func leave() {
        guard leaving != .told else { return }
        goAway(.noError)
        flush()
        rest()
    }

    /// The time is over: every stream is told in its way, then the connection.
    func cut() {
        for stream in Array(streams.values) { stream.cut() }
        if leaving != .told { goAway(.noError) }
        closeGracefully()
    }

    /// A GOAWAY frame with the greatest number of a stream, and NO_ERROR.
    private static let announcement = ByteBuffer(bytes: [
        0, 0, 8, 7, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0,
    ])
}
