internal import Glibc
internal import NIOCore
internal import Wire

/// The way out of a connection: collects the pieces of one turn and hands them to the kernel at once.
///
/// What is written goes straight to the socket while nothing waits in the channel's queue, and only the rest that the
/// kernel does not take is queued there: a queued write costs four walks through the channel (docs/decisions/0004).
/// Order is kept, because while the queue holds anything everything joins it.
///
/// A class, because a write can end the connection before it returns, which comes back to `close`.
///
/// Where something stands between it and the socket (TLS), everything takes the way through the channel.
///
/// Invariant: `peeked` is the channel's descriptor while the channel is open, and -1 otherwise; so is `socket`, but -1
/// too where it may not be written to. Whoever owns the outlet calls `close` when the channel becomes inactive, before
/// the number can belong to anybody else.
final class Outlet {
    /// Smaller pieces are copied next to the head and go out in one write; larger ones are not copied at all.
    static let copyBytes = 16 * 1024

    private var out: ByteBuffer?
    private var socket: CInt = -1
    private var peeked: CInt = -1
    /// Something may be in the channel's queue. False: the queue is empty; true until a write has found it so.
    private(set) var isQueued = false

    /// True when something was put and has not been flushed.
    var isFilled: Bool { out != nil }
    /// Bytes that were put and have not been flushed.
    var filled: Int { out?.readableBytes ?? 0 }

    /// - Parameter isDirect: what is written here is what the socket gets.
    func open(_ context: ChannelHandlerContext, isDirect: Bool = true) {
        peeked = context.channel.descriptor
        socket = isDirect ? peeked : -1
    }

    func close() {
        socket = -1
        peeked = -1
        out = nil
    }

    /// Whether the peer has sent something, or closed: a kept connection on which nothing may be sent any more.
    var hasInput: Bool {
        guard peeked >= 0 else { return true }
        var byte: UInt8 = 0
        return recv(peeked, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) >= 0 || errno != EAGAIN
    }

    /// Room for `bytes` bytes, of which `body` says how many it wrote by where its sink ends.
    @inline(__always)
    func put(atMost bytes: Int, _ spares: SpareBuffers, _ body: (inout HeadSink) -> Void) {
        if out == nil { out = spares.take() }
        out!.writeWithUnsafeMutableBytes(minimumWritableBytes: bytes) { memory in
            guard let start = memory.baseAddress else { return 0 }
            var sink = HeadSink(start)
            body(&sink)
            return sink.at - start
        }
    }

    /// The last `count` bytes that were put and not flushed, to be changed in place; nothing where there are not so many.
    func amend(last count: Int, _ body: (UnsafeMutableRawBufferPointer) -> Void) {
        guard let waiting = out?.readableBytes, waiting >= count else { return }
        out?.withUnsafeMutableReadableBytes { body(UnsafeMutableRawBufferPointer(rebasing: $0[(waiting - count)...])) }
    }

    /// A piece of a body: bytes `start..<end` (absolute indices) of `buffer`; as a chunk when `chunked`.
    func putBody(
        _ buffer: ByteBuffer, _ start: Int, _ end: Int, chunked: Bool, _ spares: SpareBuffers,
        _ context: ChannelHandlerContext?
    ) {
        let count = end &- start
        if chunked {
            put(atMost: 20, spares) { sink in
                sink.put(hex: count)
                sink.put("\r\n")
            }
        }
        if count < Self.copyBytes {
            if out == nil { out = spares.take() }
            buffer.withUnsafeReadableBytes { bytes in
                let offset = start &- buffer.readerIndex
                _ = out!.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset &+ count)]))
            }
        } else if let slice = buffer.getSlice(at: start, length: count) {
            sendLarge(slice, spares, context)
        }
        if chunked { put(atMost: 2, spares) { $0.put("\r\n") } }
    }

    /// Bytes of a tunnel.
    func pass(_ buffer: ByteBuffer, _ spares: SpareBuffers, _ context: ChannelHandlerContext?) {
        putBody(buffer, buffer.readerIndex, buffer.writerIndex, chunked: false, spares, context)
        flush(spares, context)
    }

    /// Hands everything to the kernel; what it does not take waits in the channel.
    func flush(_ spares: SpareBuffers, _ context: ChannelHandlerContext?) {
        guard var buffer = out, let context else { return }
        out = nil
        if mayWrite(context) {
            let sent = buffer.withUnsafeReadableBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if sent == buffer.readableBytes {
                spares.giveBack(buffer)
                return
            }
            if sent > 0 { buffer.moveReaderIndex(forwardBy: sent) }
        }
        // an error is found again by the channel's own write, which closes it
        isQueued = true
        context.writeAndFlush(NIOAny(buffer), promise: nil)
        spares.giveBack(buffer)
    }

    /// What was put and a large piece behind it, in one call and without a copy.
    private func sendLarge(_ slice: ByteBuffer, _ spares: SpareBuffers, _ context: ChannelHandlerContext?) {
        guard let context else { return }
        var head = out ?? ByteBuffer()
        var large = slice
        let holdsHead = out != nil
        out = nil
        if mayWrite(context) {
            let sent = head.withUnsafeReadableBytes { first in
                large.withUnsafeReadableBytes { second in
                    var parts = [
                        iovec(iov_base: UnsafeMutableRawPointer(mutating: first.baseAddress), iov_len: first.count),
                        iovec(iov_base: UnsafeMutableRawPointer(mutating: second.baseAddress), iov_len: second.count),
                    ]
                    return writev(socket, &parts, 2)
                }
            }
            if sent > 0 {
                let ofHead = min(sent, head.readableBytes)
                head.moveReaderIndex(forwardBy: ofHead)
                large.moveReaderIndex(forwardBy: sent - ofHead)
            }
        }
        if head.readableBytes > 0 || large.readableBytes > 0 {
            isQueued = true
            if head.readableBytes > 0 { context.write(NIOAny(head), promise: nil) }
            // what waits must not hold on to a read buffer many times its size; what is encrypted does not wait
            if socket >= 0, large.readableBytes * 2 < large.storageCapacity {
                large = ByteBuffer(bytes: large.readableBytesView)
            }
            if large.readableBytes > 0 { context.writeAndFlush(NIOAny(large), promise: nil) } else { context.flush() }
        }
        if holdsHead { spares.giveBack(head) }
    }

    /// The channel's queue is empty, so what is written now is next.
    private func mayWrite(_ context: ChannelHandlerContext) -> Bool {
        guard socket >= 0 else { return false }
        if isQueued {
            let waiting = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 1
            isQueued = waiting > 0
        }
        return !isQueued
    }
}
