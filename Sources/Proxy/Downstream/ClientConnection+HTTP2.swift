internal import NIOCore
internal import NIOHTTP2
internal import Telemetry
internal import Wire

/// A connection without TLS whose client begins with HTTP/2 at once (RFC 9113 3.3).
extension ClientConnection: RemovableChannelHandler {
    /// No request of HTTP/1 begins like this.
    private static let preface: StaticString = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

    /// The first bytes of a connection. True: they have been taken.
    func goesOverToHTTP2(_ buffer: inout ByteBuffer, _ context: ChannelHandlerContext) -> Bool {
        if var early = ahead {
            ahead = nil
            early.writeBuffer(&buffer)
            buffer = early
        }
        let count = min(buffer.readableBytes, Self.preface.utf8CodeUnitCount)
        let expected = UnsafeRawBufferPointer(start: Self.preface.utf8Start, count: count)
        guard buffer.withUnsafeReadableBytes({ $0.prefix(count).elementsEqual(expected) }) else {
            mayBeHTTP2 = false
            guard Self.isNeither(buffer) else { return false }
            // a wrong preface, to which an answer of HTTP/1 would say nothing (RFC 9113 3.4)
            closeGracefully()
            return true
        }
        if count < Self.preface.utf8CodeUnitCount {
            // the deadline of a first head holds for the preface too
            ahead = ByteBuffer(bytes: buffer.readableBytesView)
            return true
        }
        mayBeHTTP2 = false
        becomeHTTP2(context, isDirect: true, ByteBuffer(bytes: buffer.readableBytesView))
        return true
    }

    /// Its first line is whole and names no version of HTTP.
    private static func isNeither(_ buffer: ByteBuffer) -> Bool {
        let line = buffer.readableBytesView.prefix { $0 != 0x0a }
        guard line.count < buffer.readableBytes, let first = line.first, ByteClass.isToken(first) else { return false }
        var at = line.startIndex
        let mark = Array(" HTTP/".utf8)
        while let blank = line[at...].firstIndex(of: 0x20) {
            if line[blank...].starts(with: mark) { return false }
            at = blank + 1
        }
        return true
    }

    /// Leaves the connection to HTTP/2, before any request of HTTP/1 was read.
    ///
    /// - Parameters:
    ///   - isDirect: nothing stands between this handler and the socket.
    ///   - early: what the client has sent already.
    func becomeHTTP2(_ context: ChannelHandlerContext, isDirect: Bool, _ early: ByteBuffer? = nil) {
        guard phase == .head, exchange == nil else { return close() }
        phase = .closed
        loop.wheel.retire(self)
        loop.clients[ObjectIdentifier(self)] = nil
        out.close()
        client.speaksHTTP2 = true
        let outlet: HTTP2Outlet
        do {
            outlet = try HTTP2Connection.join(context.channel, loop, client, isDirect: isDirect)
        } catch {
            loop.counters.add(-1, to: .activeConnections)
            loop.process.connectionClosed(client.address)
            return context.close(promise: nil)
        }
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        // past whoever stands before this handler, who may be about to go as well
        if let early { outlet.receive(early) }
    }
}
